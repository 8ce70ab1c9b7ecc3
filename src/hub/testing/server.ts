// A local server of files, with faults on demand: what the tests of downloads talk to.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Faults {
  /** Bytes of an answer's body after which the connection is cut, by the end of the path; each happens once. */
  readonly cuts: Map<string, number>;
  /** Ends of paths whose first byte comes changed. */
  readonly damaged: Set<string>;
  /** Whether parts of files can be asked for. */
  ranges: boolean;
  /** Bytes a second, of each answer. */
  rate?: number;
}

export interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

export const newFaults = (): Faults => ({ cuts: new Map(), damaged: new Set(), ranges: true });

/** Starts a server for the time of the running test; resolves to its address. */
export async function listen(handler: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export function closeAtEnd(server: Server): void {
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** Answers with a file, or with the part of it that was asked for, and with the faults that were asked for. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  faults: Faults,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const url = request.url ?? "";
  const range = faults.ranges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? "") : null;
  const start = Number(range?.[1] ?? 0);
  if (range && start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  let body = content.subarray(start);
  if (start === 0 && [...faults.damaged].some((end) => url.endsWith(end))) {
    body = Buffer.from(body);
    body[0] = body[0]! ^ 1;
  }
  response.writeHead(range ? 206 : 200, {
    "content-length": body.length,
    ...(range ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    ...headers,
  });
  const [cut] = [...faults.cuts].filter(([end]) => url.endsWith(end));
  if (cut) {
    faults.cuts.delete(cut[0]);
    response.write(body.subarray(0, cut[1]), () => setTimeout(() => response.destroy(), 20));
    return;
  }
  const step = faults.rate ? Math.ceil(faults.rate / 20) : body.length || 1;
  for (let i = 0; i < body.length && !response.destroyed; i += step) {
    response.write(body.subarray(i, i + step));
    if (faults.rate) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  response.end();
}

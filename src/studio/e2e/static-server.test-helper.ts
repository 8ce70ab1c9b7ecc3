// A server of files, as plain as there is: what a static site must be content with.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** What lets a page use threads. */
export const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** @param under the path under which the folder is found, "/" or "/some/path/" */
export async function serveFiles(
  folder: string,
  under = "/",
  headers: Readonly<Record<string, string>> = {},
) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, "http://any").pathname));
    asked.push(path);
    try {
      if (!path.startsWith(under)) throw new Error("elsewhere");
      const inside = path.slice(under.length) || "index.html";
      const body = await readFile(join(folder, inside));
      const type = TYPES[extname(inside)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type, "Content-Length": body.length, ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${under}`,
    /** The paths that were asked for. */
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// A studio on a port of this machine. Slow clients are not waited for without end.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { JigsawError } from "../../core/errors.ts";

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Ends at once: open streams too. */
  close(): Promise<void>;
}

/** Where to listen, and how long to wait for slow clients. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for one that is free. */
  readonly port: number;
  /** Milliseconds that a request's headers, and all of it, may take to come. */
  readonly headersMs?: number;
  readonly requestMs?: number;
  /** Milliseconds without a byte going either way after which a connection is closed; streams send one more often. */
  readonly silentMs?: number;
}

const MOST_CONNECTIONS = 1000;

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    const hint = "Name another --port, or 0 for one that is free; is a studio running already?";
    return new JigsawError("io", `port ${port} is taken`, hint);
  }
  if (error.code === "EACCES")
    return new JigsawError("io", `port ${port} may not be used`, "Name a --port above 1023.");
  if (["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"].includes(error.code ?? ""))
    return new JigsawError("bad-option", `--host ${host}: is no address of this machine`);
  return error;
}

/**
 * Serves an app over HTTP/1.1.
 * @throws JigsawError "io" where the port cannot be used, "bad-option" for a host that is no address of this machine
 */
export async function listen(
  app: Hono,
  { host, port, headersMs = 10_000, requestMs = 30_000, silentMs = 60_000 }: ListenOptions,
): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(5000, headersMs),
      keepAliveTimeout: 5000,
    },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = silentMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// A connection to Redis that fails at once where there is none, and mends itself where there was one.
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { JigsawError } from "../core/errors.ts";

/** BullMQ runs on no older one. */
const OLDEST = 5;

/** Milliseconds to wait for a first answer, and between two tries to connect again. */
const [PATIENCE, PAUSE] = [5000, 500];

/** A queue's address without its password, to be shown. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.password) parsed.password = "***";
  return parsed.href.replace(/\/$/, "");
}

const refuse = (url: string, why: string): JigsawError =>
  new JigsawError(
    "network",
    `no queue at ${withoutPassword(url)}: ${why}`,
    `Start Redis ${OLDEST} or newer there ("redis-server"), or name it as redis://[user:password@]host[:port].`,
  );

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.hostname && ["redis:", "rediss:"].includes(parsed.protocol)) return;
  throw new JigsawError(
    "bad-option",
    `--queue ${url}: not an address of Redis`,
    "Write redis://host[:port], or rediss:// for an encrypted connection.",
  );
}

/** A package that is installed only where a queue is used. */
export async function optionalPackage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new JigsawError(
      "unsupported",
      "--queue needs the packages bullmq and ioredis, which are not installed",
      "npm install bullmq ioredis",
    );
  }
}

/** Connects; a connection that is lost later is made again, until the signal aborts. */
export async function openRedis(url: string, signal: AbortSignal): Promise<Redis> {
  checkUrl(url);
  const ioredis = await optionalPackage(() => import("ioredis"));
  let ready = false;
  let last: Error | undefined;
  const client = new ioredis.Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    // As BullMQ needs it: commands wait while there is no connection.
    maxRetriesPerRequest: null,
    retryStrategy: () => (ready && !signal.aborted ? PAUSE : null),
  });
  // Whoever uses the client listens for "close" and "ready"; without a listener an error would end the process.
  client.on("error", (error) => {
    last = error;
  });
  const timeout = new AbortController();
  try {
    const late = sleep(PATIENCE, undefined, { signal: timeout.signal }).then(() => {
      throw new Error("it does not answer");
    });
    const info = await Promise.race([client.connect().then(() => client.info("server")), late]);
    const version = /redis_version:(\d+)\.(\S+)/.exec(info);
    if (!version || Number(version[1]) < OLDEST) {
      const found = version ? `it is Redis ${version[1]}.${version[2]}` : "it does not say its version";
      last = undefined;
      throw new Error(`${found}, and BullMQ needs ${OLDEST}.0 or newer`);
    }
    ready = true;
    return client;
  } catch (error) {
    client.disconnect();
    const { message } = last ?? (error as Error);
    // Of a host with several addresses, all that failed.
    const { errors } = (last ?? {}) as { errors?: readonly Error[] };
    throw refuse(url, message || (errors ?? []).map((one) => one.message).join(", "));
  } finally {
    timeout.abort();
  }
}

/** Logs when the connection is lost, and when it is there again, until the signal. */
export function logConnection(client: Redis, log: (line: string) => void, signal: AbortSignal): void {
  const where = `${client.options.host}:${client.options.port}`;
  let lost = false;
  client.on("close", () => {
    if (!lost && !signal.aborted) log(`Redis at ${where} is gone; waiting for it`);
    lost = true;
  });
  client.on("ready", () => {
    if (lost) log(`Redis at ${where} is back`);
    lost = false;
  });
}

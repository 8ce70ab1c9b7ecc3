/** One file off the network: goes on after cuts, within a call and from one call to the next. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat, truncate } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "../files/atomic.ts";
import { interrupted, networkError } from "./request.ts";

export interface DownloadOptions {
  /** Makes the requests; refuses bad answers with a JigsawError, but passes on 416 (no such range). */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the whole file, where they are known before. */
  readonly size?: number | undefined;
  /** Called with the bytes on disk, and with the file's size where it is known. */
  readonly onBytes?: ((there: number, total: number | undefined) => void) | undefined;
  /** Further tries in a row that may bring nothing; 0 means not to try again at all. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first of these tries; doubled for each further one. */
  readonly pause?: number | undefined;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Downloads `url` to `path`, going on after the bytes that `path` holds where the server can. They stay when it
 * fails or is stopped. The caller checks the content: `path` may have held the start of another file.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { signal, retries = 4, pause = 1000 } = options;
  for (let failures = 0; ; failures++) {
    const before = await sizeOf(path);
    try {
      await downloadRest(url, path, before, options);
      return;
    } catch (error) {
      if (signal?.aborted) throw interrupted();
      if (!(error instanceof JigsawError && error.code === "network")) throw error;
      if (retries === 0) throw error;
      if ((await sizeOf(path)) > before) failures = 0;
      else if (failures >= retries) throw error;
      await sleep(pause * 2 ** failures, undefined, { signal }).catch(() => {
        throw interrupted();
      });
    }
  }
}

async function downloadRest(
  url: string,
  path: string,
  there: number,
  options: DownloadOptions,
): Promise<void> {
  const { fetch, signal = null, size, onBytes } = options;
  if (size !== undefined && there > size) return startAgain(url, path, options);
  if (there > 0) onBytes?.(there, size);
  if (there > 0 && there === size) return;
  // Ranges count the bytes that are sent, so these must not be packed on the way.
  const headers = { "accept-encoding": "identity", ...(there ? { range: `bytes=${there}-` } : {}) };
  const response = await fetch(url, { headers, signal });
  const [, start, total] =
    /^bytes (?:(\d+)-\d+|\*)\/(\d+)/.exec(response.headers.get("content-range") ?? "") ?? [];
  const partial = response.status === 206;
  if (response.status === 416 || (partial && Number(start) !== there)) {
    await response.body?.cancel();
    if (response.status === 416 && Number(total) === there && size === undefined) return;
    return startAgain(url, path, options);
  }
  const length = response.headers.get("content-length");
  const whole = size ?? (partial ? Number(total) : length ? Number(length) : undefined);
  const written = await append(response, path, partial ? there : 0, whole, options);
  if (whole !== undefined && written < whole) {
    throw networkError(
      `${url}: cut off after ${written} of ${whole} bytes`,
      new Error("the connection closed"),
    );
  }
}

async function startAgain(url: string, path: string, options: DownloadOptions): Promise<void> {
  await truncate(path);
  return downloadRest(url, path, 0, options);
}

/** Writes an answer's bytes after the first `from` of a file; resolves to the bytes that it has then. */
async function append(
  response: Response,
  path: string,
  from: number,
  whole: number | undefined,
  { onBytes }: DownloadOptions,
): Promise<number> {
  let there = from;
  const file = await open(path, from ? "a" : "w");
  try {
    for await (const chunk of bodyOf(response)) {
      await file.write(chunk);
      there += chunk.length;
      onBytes?.(there, whole);
    }
    await file.sync();
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  } finally {
    await file.close();
  }
  return there;
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
  } catch (error) {
    throw networkError(`${new URL(response.url).host} broke off`, error);
  }
}

export type Algorithm = "sha256" | "git";

/** A file's SHA-256, or the SHA-1 that git knows it by, in hexadecimal. */
export async function digestOf(path: string, algorithm: Algorithm): Promise<string> {
  const hash = createHash(algorithm === "git" ? "sha1" : algorithm);
  if (algorithm === "git") hash.update(`blob ${await sizeOf(path)}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Refuses, and removes, a download that is not the file it should be. */
export async function verify(
  path: string,
  name: string,
  expected: { readonly size: number; readonly algorithm: Algorithm; readonly digest: string },
): Promise<void> {
  const size = await sizeOf(path);
  const digest = await digestOf(path, expected.algorithm);
  if (size === expected.size && digest === expected.digest) return;
  await rm(path, { force: true });
  const [is, should] =
    size === expected.size ? [digest, expected.digest] : [`${size} bytes`, `${expected.size} bytes`];
  throw new JigsawError(
    "io",
    `${name}: the download is damaged: ${is}, expected ${should}`,
    "It was removed; run the same command again.",
  );
}

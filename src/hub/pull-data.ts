/** Fetches a public data set into a folder that `--data` reads: `pullData("arc-agi-1", "data/arc-agi-1")`. */
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { JigsawError } from "../core/errors.ts";
import { lookUp } from "../core/names.ts";
import { ioError, replaceFolder } from "../files/atomic.ts";
import type { Env } from "./cache.ts";
import { digestOfAll } from "./content.ts";
import { compareWithLock, LOCK_FILE, type Lock, presentData } from "./data-lock.ts";
import { digestOf, download } from "./download.ts";
import { interrupted, request } from "./request.ts";
import { type Source, sources } from "./sources.ts";
import { compare, unpack } from "./unpack.ts";

export interface PullDataOptions {
  readonly env?: Env;
  readonly signal?: AbortSignal;
  /** Called with the bytes that came and the archive's size where it is known, and then with tasks unpacked. */
  readonly onProgress?: (what: "download" | "unpack", done: number, total: number | undefined) => void;
  /** Replace data that are there already. */
  readonly force?: boolean;
  /** Take data whose tasks are not the known ones. */
  readonly unverified?: boolean;
  readonly retries?: number;
  readonly pause?: number;
}

export interface PulledData {
  readonly lock: Lock;
  /** Whether the data were there already, just as they were fetched. */
  readonly present: boolean;
  /** Tasks whose content was compared with a known checksum, and of these the ids that differ. */
  readonly known: number;
  readonly differing: readonly string[];
}

/**
 * Fetches a data set of `sources` into the new folder `out`: a folder for each split, in it one file `<id>.json` a
 * task, and a lock file with checksums. Goes on with a download that was cut off; the folder appears whole or not at
 * all. Data that are there are checked against their lock, and not fetched again.
 */
export async function pullData(
  name: string,
  folder: string,
  options: PullDataOptions = {},
): Promise<PulledData> {
  const source: Source = lookUp("data set", sources, name);
  const { env = process.env, signal, force = false, onProgress, retries, pause } = options;
  const out = resolve(folder);
  const earlier = await presentData(name, out, force);
  if (earlier && !force) return { lock: earlier, present: true, known: 0, differing: [] };
  const archive = join(
    dirname(out),
    `.${basename(out)}-${source.commit.slice(0, 7)}.${source.kind}.incomplete`,
  );
  const url = (env.JIGSAW_DATA_ENDPOINT || source.host).replace(/\/+$/, "") + source.path;
  try {
    await mkdir(dirname(out), { recursive: true });
    const onBytes = (there: number, total?: number) => onProgress?.("download", there, total);
    await download(url, archive, { fetch: fetchArchive, signal, onBytes, retries, pause });
    const pulled = await install(name, source, url, archive, out, earlier, options).catch(async (error) => {
      // A whole archive that is wrong would be wrong again; one that met a full disk can be used again.
      if (error instanceof JigsawError && error.code !== "interrupted") await rm(archive, { force: true });
      throw error;
    });
    await rm(archive);
    return pulled;
  } catch (error) {
    throw ioError(error, `cannot write ${folder}`, "Name an --out that can be written.");
  }
}

/** Unpacks an archive, checks it, and puts it in the place of `out`. */
async function install(
  name: string,
  source: Source,
  url: string,
  archive: string,
  out: string,
  earlier: Lock | undefined,
  { signal, unverified = false, onProgress }: PullDataOptions,
): Promise<PulledData> {
  return replaceFolder(out, async (staging) => {
    const onTask = (done: number, total: number) => onProgress?.("unpack", done, total);
    const unpacked = await unpack(archive, source, staging, onTask, signal);
    const { known, differing } = compare(name, source, unpacked);
    if (differing.length && !unverified) throw differs(name, known, differing);
    const splits = [...unpacked.bytes].map(([split, files]): [string, Lock["splits"][string]] => [
      split,
      { tasks: files.size, sha256: digestOfAll(files) },
    ]);
    const lock: Lock = {
      dataset: name,
      licence: source.licence,
      commit: source.commit,
      url,
      archive: { bytes: (await stat(archive)).size, sha256: await digestOf(archive, "sha256") },
      splits: Object.fromEntries(splits),
    };
    compareWithLock(lock, earlier, out);
    await writeFile(join(staging, LOCK_FILE), `${JSON.stringify(lock, null, 2)}\n`);
    if (signal?.aborted) throw interrupted();
    return { lock, present: false, known, differing };
  });
}

async function fetchArchive(url: string, init: RequestInit): Promise<Response> {
  const response = await request(url, init);
  if (response.ok || response.status === 416) return response;
  const retry = response.status >= 500 || response.status === 429;
  const hint = retry ? "Try again later." : "Is JIGSAW_DATA_ENDPOINT right?";
  throw new JigsawError(
    retry ? "network" : "not-found",
    `${url}: the server answered ${response.status}`,
    hint,
  );
}

function differs(name: string, known: number, differing: readonly string[]): JigsawError {
  const some = differing.slice(0, 5).join(", ") + (differing.length > 5 ? ", ..." : "");
  return new JigsawError(
    "bad-task",
    `${name}: ${differing.length} of ${known} tasks with a known checksum differ or lack: ${some}`,
    "Try again; --unverified takes them as they are.",
  );
}

/**
 * Fetches a model of the Hugging Face hub into the cache: `pullModel("Qwen/Qwen3-0.6B")`. The client library's own
 * download into the cache neither resumes, nor verifies checksums, nor reports progress; so the library lists the
 * files here, and they are downloaded below.
 */
import { copyFile, lstat, mkdir, rename, rm, stat, statfs, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "../files/atomic.ts";
import {
  cachedModelFolder,
  cacheFolder,
  type Env,
  isOffline,
  modelId,
  readToken,
  repoFolder,
} from "./cache.ts";
import { download, verify } from "./download.ts";
import { type Hub, hubFetch } from "./refusal.ts";
import { CONFIGS, checkUsable, hubUrl, listRemote, type RemoteFile } from "./remote.ts";

export interface Progress {
  /** The file that is being fetched, and its bytes. */
  readonly file: string;
  readonly fileDone: number;
  readonly fileSize: number;
  /** Bytes of all files that are there, and that there will be. */
  readonly done: number;
  readonly total: number;
}

export interface PullOptions {
  readonly env?: Env;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** As in `download`. */
  readonly retries?: number;
  readonly pause?: number;
}

export interface PulledModel {
  /** The snapshot's folder, in Hugging Face's layout. */
  readonly folder: string;
  readonly files: readonly string[];
  /** Bytes that came over the network. */
  readonly fetched: number;
}

const isThere = (path: string, size: number): Promise<boolean> =>
  stat(path).then(
    (found) => found.size === size,
    () => false,
  );

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`;
  throw new JigsawError(
    "io",
    `${folder}: ${gigabytes(bytes)} are needed, and ${gigabytes(bavail * bsize)} are free`,
    "Make room, or set HF_HOME to a folder on another disk.",
  );
}

/** Points a snapshot's file to its blob; a copy where the system has no links. */
async function link(pointer: string, digest: string): Promise<void> {
  await rm(pointer, { force: true });
  const target = `../../blobs/${digest}`;
  await symlink(target, pointer).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPERM") throw error;
    await copyFile(join(dirname(pointer), target), pointer);
  });
}

/** Fetches one file into the blobs, unless it is there, and links it into the snapshot. */
async function pullFile(
  file: RemoteFile,
  url: string,
  repo: string,
  snapshot: string,
  options: Parameters<typeof download>[2],
): Promise<void> {
  const blob = join(repo, "blobs", file.digest);
  const pointer = join(snapshot, file.path);
  if (await isThere(pointer, file.size)) return;
  if (!(await isThere(blob, file.size))) {
    const incomplete = `${blob}.incomplete`;
    await download(url, incomplete, { ...options, size: file.size });
    await verify(incomplete, file.path, file);
    await rename(incomplete, blob);
  }
  await link(pointer, file.digest);
}

/** The bytes of a file that are in the cache: all, or those that an earlier call fetched. */
async function presentBytes(file: RemoteFile, repo: string, snapshot: string): Promise<number> {
  const blob = join(repo, "blobs", file.digest);
  for (const path of [join(snapshot, file.path), blob]) if (await isThere(path, file.size)) return file.size;
  const incomplete = await lstat(`${blob}.incomplete`).catch(() => undefined);
  return Math.min(incomplete?.size ?? 0, file.size);
}

/**
 * Fetches the files that Jigsaw uses of a model ("org/name" or "org/name@revision") into Hugging Face's cache, and checks
 * them against the hub's checksums. Files that are there are not fetched again, and a broken download is resumed.
 * Heeds HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE.
 */
export async function pullModel(text: string, options: PullOptions = {}): Promise<PulledModel> {
  const { env = process.env, signal, onProgress, retries, pause } = options;
  const id = modelId(text);
  if (isOffline(env)) {
    const folder = cachedModelFolder(text, env);
    if (folder) return { folder, files: [], fetched: 0 };
    throw new JigsawError(
      "not-found",
      `${text} is not in the cache (${cacheFolder(env)}), and HF_HUB_OFFLINE forbids the network`,
      "Unset HF_HUB_OFFLINE to fetch it.",
    );
  }
  const hub: Hub = { url: hubUrl(env), token: readToken(env), signal };
  const { commit, files } = await listRemote(id, hub);
  checkUsable(files, id.name);
  const repo = repoFolder(id.name, env);
  const snapshot = join(repo, "snapshots", commit);
  try {
    for (const folder of [join(repo, "blobs"), snapshot]) await mkdir(folder, { recursive: true });
    const present = await Promise.all(files.map((file) => presentBytes(file, repo, snapshot)));
    const [total, before] = [files.reduce((sum, { size }) => sum + size, 0), sum(present)];
    await checkRoom(repo, total - before);
    const bytes = new Map(files.map(({ path }, i) => [path, present[i]!]));
    const last = (file: RemoteFile) => Number(CONFIGS.includes(file.path));
    for (const file of files.toSorted((a, b) => last(a) - last(b) || a.size - b.size)) {
      const onBytes = (fileDone: number) => {
        bytes.set(file.path, fileDone);
        onProgress?.({
          file: file.path,
          fileDone,
          fileSize: file.size,
          done: sum([...bytes.values()]),
          total,
        });
      };
      const url = `${hub.url}/${id.name}/resolve/${commit}/${file.path}`;
      await pullFile(file, url, repo, snapshot, {
        fetch: hubFetch(id, hub),
        signal,
        onBytes,
        retries,
        pause,
      });
      if (bytes.get(file.path) !== file.size) onBytes(file.size);
    }
    if (id.revision !== commit) await writeRef(join(repo, "refs", ...id.revision.split("/")), commit);
    return { folder: snapshot, files: files.map(({ path }) => path), fetched: total - before };
  } catch (error) {
    const hint = "Set HF_HOME to a folder that can be written.";
    throw ioError(error, `cannot write the cache ${cacheFolder(env)}`, hint);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Only now does a branch or tag lead to the snapshot: until then to an older one that is whole. */
async function writeRef(path: string, commit: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, commit);
  await rename(`${path}.part`, path);
}

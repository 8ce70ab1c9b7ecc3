/** Files and folders that appear whole or not at all, whenever the writer is killed. Node only. */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { JigsawError } from "../core/errors.ts";

/** Holds a folder's next files until they are all written. */
const STAGING = ".staging";
/** Holds a folder's next files when they are all written and not yet all moved to their places. */
const INCOMING = ".incoming";

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * A file system's error as a JigsawError; other errors stay what they are.
 * @param what the path, or an attempt: "cannot write runs/mine"
 * @param hint the advice for errors that have none of their own
 */
export function ioError(error: unknown, what: string, hint?: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || error instanceof JigsawError || !/^E[A-Z0-9]+$|^ERR_FS_/.test(code ?? ""))
    return error;
  switch (code) {
    case "ENOENT":
      return new JigsawError("not-found", `${what}: no such file or folder`, "Check the path.");
    case "EISDIR":
      return new JigsawError("io", `${what}: a folder where a file was expected`, "Name a file in it.");
    case "ENOSPC":
    case "EDQUOT":
      return new JigsawError("io", `${what}: the disk is full`, "Make room, and run the same command again.");
    default:
      return new JigsawError("io", `${what}: ${message}`, hint);
  }
}

/** The names in a folder, or undefined where there is no such folder. */
async function list(folder: string): Promise<string[] | undefined> {
  return readdir(folder).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/** Makes renames in `folder` outlast a power cut. Not every system can sync a folder; then nothing is lost by it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Writes a file through `fill` under a temporary name beside `path`, then renames it: `path` is the old file or
 * the whole new one. Files that an earlier, killed writer left behind are removed.
 */
export async function writeFileAtomically(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const folder = dirname(resolve(path));
  const prefix = `.${basename(path)}.`;
  const suffix = ".part";
  const temporary = join(folder, `${prefix}${randomUUID()}${suffix}`);
  try {
    for (const name of await readdir(folder)) {
      if (name.startsWith(prefix) && name.endsWith(suffix)) await rm(join(folder, name), { force: true });
    }
    const file = await open(temporary, "wx");
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw ioError(error, `cannot write ${path}`);
  }
}

/** Moves the files in a folder's `.incoming` to their places; can be cut off anywhere and called again. */
async function settle(folder: string): Promise<void> {
  const incoming = join(folder, INCOMING);
  const names = await list(incoming);
  if (!names) return;
  for (const name of names) await rename(join(incoming, name), join(folder, name));
  await rmdir(incoming);
  await syncFolder(folder);
}

/**
 * Puts the files that `fill` writes (into the folder that it is given) into `folder`, all or none.
 *
 * A new folder is filled beside its place and renamed into it. One that exists keeps its other files, so it
 * cannot be replaced by one rename; instead the files are staged inside it, the staging folder is renamed to
 * `.incoming` (from that instant on they count), and then each is moved over its predecessor. Whoever reads
 * through `currentFile` sees the old files before that rename and the new ones after it; a reader that knows
 * nothing of `.incoming` sees a mixture only between the first and the last move, and the next writer finishes
 * the moves of one that was killed there. One writer at a time; `fill` writes files, no folders.
 */
export async function writeFolderAtomically(
  folder: string,
  fill: (staging: string) => Promise<void>,
): Promise<void> {
  const place = resolve(folder);
  let staging: string | undefined;
  try {
    const exists = (await list(place)) !== undefined;
    staging = exists ? join(place, STAGING) : join(dirname(place), `.${basename(place)}${STAGING}`);
    if (exists) await settle(place);
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    await fill(staging);
    await syncFolder(staging);
    await rename(staging, exists ? join(place, INCOMING) : place);
    await syncFolder(exists ? place : dirname(place));
    if (exists) await settle(place);
  } catch (error) {
    if (staging) await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw ioError(error, `cannot write ${folder}`);
  }
}

/**
 * Puts a folder that `fill` writes (into the folder that it is given) in the place of `folder`, with all that was in it,
 * or leaves it as it was. The old folder is moved aside before the new one is moved in; where a writer is killed between
 * the two, the next one begins by moving it back. Errors are thrown as they are.
 */
export async function replaceFolder<T>(folder: string, fill: (staging: string) => Promise<T>): Promise<T> {
  const place = resolve(folder);
  const beside = (end: string) => join(dirname(place), `.${basename(place)}${end}`);
  const [staging, old] = [beside(STAGING), beside(".old")];
  if (!(await list(place)) && (await list(old))) await rename(old, place);
  try {
    for (const left of [staging, old]) await rm(left, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    const filled = await fill(staging);
    await syncFolder(staging);
    const replaces = (await list(place)) !== undefined;
    if (replaces) await rename(place, old);
    await rename(staging, place).catch(async (error) => {
      if (replaces) await rename(old, place);
      throw error;
    });
    await syncFolder(dirname(place));
    await rm(old, { recursive: true, force: true });
    return filled;
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Where the file `name` of `folder` is to be read: `.incoming` holds it while a replacement is under way. */
export async function currentFile(folder: string, name: string): Promise<string> {
  const incoming = (await list(join(folder, INCOMING))) ?? [];
  return incoming.includes(name) ? join(folder, INCOMING, name) : join(folder, name);
}

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

/** A file system's error as a JigsawError, `what` saying what was tried; other errors stay what they are. */
export function ioError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || typeof (error as NodeJS.ErrnoException).code !== "string") return error;
  if (error instanceof JigsawError) return error;
  if (isMissing(error)) return new JigsawError("not-found", `${what}: no such file or folder`);
  return new JigsawError("io", `${what}: ${error.message}`);
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
 * the whole new one. What an earlier, killed writer of the same file left behind is removed.
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

/** Moves what a folder's `.incoming` holds to its place; can be cut off anywhere and called again. */
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

/** Where the file `name` of `folder` is to be read: `.incoming` holds it while a replacement is under way. */
export async function currentFile(folder: string, name: string): Promise<string> {
  const incoming = (await list(join(folder, INCOMING))) ?? [];
  return incoming.includes(name) ? join(folder, INCOMING, name) : join(folder, name);
}

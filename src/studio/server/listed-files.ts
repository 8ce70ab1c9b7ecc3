// Files of given folders: only what lies in them is listed, and only what is listed is read. Links that lead out are
// not followed.
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { ioError } from "../../files/atomic.ts";

/** A file or folder directly inside a listed folder. */
export interface ListedFile {
  readonly name: string;
  /** Where it really is. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly isFolder: boolean;
}

/** What is in a folder, by name, without hidden names and links that lead out of it. */
export async function listFolder(folder: string): Promise<ListedFile[]> {
  const root = await realpath(folder).catch((error) => {
    throw ioError(error, `cannot read ${folder}`);
  });
  const found: ListedFile[] = [];
  for (const name of (await readdir(root)).sort()) {
    if (name.startsWith(".")) continue;
    const path = await realpath(join(root, name)).catch(() => undefined);
    if (!path?.startsWith(root.endsWith(sep) ? root : root + sep)) continue;
    const stat = await lstat(path).catch(() => undefined);
    if (!stat || !(stat.isFile() || stat.isDirectory())) continue;
    found.push({ name, path, bytes: stat.size, changed: stat.mtimeMs, isFolder: stat.isDirectory() });
  }
  return found;
}

/** The text of a listed file of at most so many bytes; undefined where it is gone or larger. */
export async function readListed(
  { path, isFolder, bytes }: ListedFile,
  most: number,
): Promise<string | undefined> {
  if (isFolder || bytes > most) return undefined;
  return readFile(path, "utf8").catch(() => undefined);
}

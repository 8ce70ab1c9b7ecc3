// The code of a built page, file by file.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface CodeFile {
  readonly name: string;
  readonly bytes: number;
  /** Bytes as servers send it, at gzip's usual level. */
  readonly gzipped: number;
}

/** Scripts and style sheets of a page, the largest first; without the worker in which static sites run models. */
export async function codeOf(folder: string): Promise<CodeFile[]> {
  const names = (await readdir(folder, { recursive: true })).filter(
    (name) => /\.(js|css)$/.test(name) && !/(^|[\\/])model-worker-/.test(name),
  );
  const files = names.map(async (name) => {
    const code = await readFile(join(folder, name));
    return { name, bytes: code.length, gzipped: gzipSync(code).length };
  });
  return (await Promise.all(files)).toSorted((a, b) => b.gzipped - a.gzipped);
}

export const total = (files: readonly CodeFile[], of: "bytes" | "gzipped"): number =>
  files.reduce((sum, file) => sum + file[of], 0);

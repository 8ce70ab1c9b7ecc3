/** JSON files: read with errors that name them, written whole. Node only. */
import { readFile } from "node:fs/promises";
import { type ErrorCode, JigsawError } from "../core/errors.ts";
import { repeatedKey } from "../core/json.ts";
import { ioError, writeFileAtomically } from "./atomic.ts";

/**
 * Reads a JSON file; whatever is wrong with it is a JigsawError that names it, of the code `bad` where it is no JSON. With
 * `unique`, so is a key that an object has twice, of which others may take the first.
 */
export async function readJson(path: string, bad: ErrorCode, { unique = false } = {}): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw ioError(error, `cannot read ${path}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new JigsawError(bad, `${path}: is not JSON: ${(error as Error).message}`);
  }
  const twice = unique ? repeatedKey(text) : undefined;
  if (twice !== undefined) throw new JigsawError(bad, `${path}: has "${twice.slice(0, 80)}" twice`);
  return json;
}

/** What `promise` gives, or undefined where the file is not there. */
export const ifThere = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error) => {
    if (error instanceof JigsawError && error.code === "not-found") return undefined;
    throw error;
  });

/** Writes a JSON file, whole or not at all. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomically(path, (file) => file.writeFile(`${JSON.stringify(value, null, 2)}\n`));

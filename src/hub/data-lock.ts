/** The lock file in a folder of fetched data: their origin, and checksums. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "../files/atomic.ts";
import { digestOfAll, sha256 } from "./content.ts";

/** No name of a file of tasks, which a reader of the folder would take it for. */
export const LOCK_FILE = "jigsaw-data.lock";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const lockSchema = z.object({
  dataset: z.string(),
  licence: z.string(),
  commit: z.string(),
  url: z.string(),
  /** As it came; GitHub does not promise the same bytes for a commit's archive tomorrow. */
  archive: z.object({ bytes: z.number(), sha256: digest }),
  /** Of each folder: its tasks, and the checksum of checksums of their files. */
  splits: z.record(z.string(), z.object({ tasks: z.int(), sha256: digest })),
});

export type Lock = z.infer<typeof lockSchema>;

/** The lock in a folder, or undefined where none can be read. */
export async function readLock(folder: string): Promise<Lock | undefined> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(join(folder, LOCK_FILE), "utf8")));
  } catch {
    return undefined;
  }
}

/** The lock of data that are in `out` already, checked; undefined where there is nothing yet. */
export async function presentData(name: string, out: string, force: boolean): Promise<Lock | undefined> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw ioError(error, `cannot read ${out}`, "Name another --out.");
  });
  if (names.length === 0) return undefined;
  const lock = await readLock(out);
  if (lock?.dataset !== name) {
    throw new JigsawError("bad-option", `${out} holds other files (${names[0]})`, "Name another --out.");
  }
  if (force) return lock;
  for (const [split, { tasks, sha256: expected }] of Object.entries(lock.splits)) {
    const digests = new Map<string, string>();
    for (const file of await readdir(join(out, split)).catch(() => [])) {
      if (!file.endsWith(".json")) continue;
      digests.set(file.slice(0, -5), sha256(await readFile(join(out, split, file))));
    }
    if (digests.size === tasks && digestOfAll(digests) === expected) continue;
    throw new JigsawError(
      "bad-task",
      `${join(out, split)}: is not what was fetched (${digests.size} tasks, ${tasks} then)`,
      "Keep it and name another --out, or fetch it anew with --force.",
    );
  }
  return lock;
}

/** Refuses other data than an earlier download of the same commit brought. */
export function compareWithLock(lock: Lock, earlier: Lock | undefined, out: string): void {
  if (!earlier || earlier.commit !== lock.commit) return;
  const changed = Object.keys(lock.splits).find(
    (split) => lock.splits[split]!.sha256 !== earlier.splits[split]?.sha256,
  );
  if (changed === undefined) return;
  throw new JigsawError(
    "bad-task",
    `${lock.url}: ${changed} is not what the same commit brought before (${join(out, LOCK_FILE)})`,
    "Remove that folder to trust the new data.",
  );
}

/** Checksums of a data set's tasks that do not depend on how it is packed or written down. */
import { createHash } from "node:crypto";
import type { Pair } from "../arc/task.ts";
import { type KnownTasks, knownTasks } from "./known-tasks.ts";

export const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/**
 * A task's checksum: SHA-256 over its pairs, each `[input,output]` as JSON without spaces, sorted, a line each.
 * Which pairs are demonstrations does not count: releases of one task differ in their order.
 */
export const taskDigest = (pairs: readonly Pair[]): string =>
  sha256(
    pairs
      .map(({ input, output }) => JSON.stringify([input, output]))
      .sort()
      .join("\n"),
  );

/** The checksum of many checksums by id: SHA-256 over the lines `<id> <checksum>`, sorted. */
export const digestOfAll = (digests: ReadonlyMap<string, string>): string =>
  sha256(
    [...digests]
      .map(([id, digest]) => `${id} ${digest}\n`)
      .sort()
      .join(""),
  );

/** The number of a task's checksum's first hexadecimal digits that are known, to name the tasks that differ. */
const MARK = 4;

/** The ids of a group, and for each the first digits of its checksum. */
export function marksOf(group: KnownTasks): Map<string, string> {
  const entries = group.tasks.match(/\S{12}/g) ?? [];
  return new Map(entries.map((entry) => [entry.slice(0, 8), entry.slice(8)]));
}

/** Compares a split's tasks with the known checksums: how many are known, and the ids that lack or differ. */
export function compareWithKnown(
  split: string,
  digests: ReadonlyMap<string, string>,
): { known: number; differing: string[] } {
  let known = 0;
  const differing: string[] = [];
  for (const group of knownTasks) {
    if (!group.of.includes(split)) continue;
    const marks = marksOf(group);
    known += marks.size;
    const found = new Map([...digests].filter(([id]) => marks.has(id)));
    if (digestOfAll(found) === group.sha256) continue;
    const wrong = [...marks].filter(([id, mark]) => found.get(id)?.slice(0, MARK) !== mark);
    differing.push(...(wrong.length ? wrong.map(([id]) => id) : marks.keys()));
  }
  return { known, differing };
}

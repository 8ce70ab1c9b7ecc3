import { describe, expect, it } from "vitest";
import { compareWithKnown, digestOfAll, marksOf, sha256, taskDigest } from "./content.ts";
import { knownTasks } from "./known-tasks.ts";

const [a, b] = [
  { input: [[1, 2]], output: [[3]] },
  { input: [[4]], output: [[5], [6]] },
];

describe("taskDigest", () => {
  it("is SHA-256 over the sorted pairs", () => {
    expect(taskDigest([b, a])).toBe(sha256("[[[1,2]],[[3]]]\n[[[4]],[[5],[6]]]"));
    expect(taskDigest([a, b])).toBe(taskDigest([b, a]));
    expect(taskDigest([a])).not.toBe(taskDigest([{ ...a, output: [[2]] }]));
  });
});

describe("digestOfAll", () => {
  it("does not depend on the order", () => {
    const entries: [string, string][] = [
      ["x", "1"],
      ["y", "2"],
    ];
    expect(digestOfAll(new Map(entries))).toBe(sha256("x 1\ny 2\n"));
    expect(digestOfAll(new Map(entries.toReversed()))).toBe(sha256("x 1\ny 2\n"));
  });
});

describe("the known tasks", () => {
  it.each([
    ["arc-agi-1/training", 400],
    ["arc-agi-1/evaluation", 193],
    ["arc-agi-2/training", 805],
    ["arc-agi-2/evaluation", 0],
  ])("of %s: %i", (split, count) => {
    const groups = knownTasks.filter(({ of }) => of.includes(split));
    const ids = groups.flatMap((group) => [...marksOf(group).keys()]);
    expect([ids.length, new Set(ids).size]).toEqual([count, count]);
    expect(ids.filter((id) => !/^[0-9a-f]{8}$/.test(id))).toEqual([]);
    expect(compareWithKnown(split, new Map())).toEqual({ known: count, differing: ids });
  });
});

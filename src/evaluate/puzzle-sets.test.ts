import { describe, expect, it } from "vitest";
import { area } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { trainedFamilies } from "../puzzles/index.ts";
import { freshPuzzles, knownPuzzles } from "./puzzle-sets.ts";

describe("fresh puzzles", () => {
  it("are of all families evenly, the same for the same seed", () => {
    const count = trainedFamilies.length;
    const puzzles = freshPuzzles(trainedFamilies, ["easy"], count, 3);
    const found = puzzles.map(({ task }) => task.id.split("-easy-")[0]);
    expect(found.toSorted()).toEqual(trainedFamilies.map(({ name }) => name).toSorted());
    expect(freshPuzzles(trainedFamilies, ["easy"], 5, 3)).toEqual(puzzles.slice(0, 5));
    expect(freshPuzzles(trainedFamilies, ["easy"], 5, 4)).not.toEqual(puzzles.slice(0, 5));
  });

  it("have each level in turn, and answers that are large enough", () => {
    const puzzles = freshPuzzles(trainedFamilies, ["easy", "medium"], 12, 1, 40);
    expect(puzzles.every(({ answer }) => area(answer) >= 40)).toBe(true);
    expect(puzzles.some(({ task }) => task.id.includes("-medium-arena-1-"))).toBe(true);
    expect(() => freshPuzzles(trainedFamilies.slice(0, 2), ["easy"], 2, 1, 800)).toThrow(/too few puzzles/);
  });
});

describe("puzzles of files", () => {
  const pair = { input: [[1]], output: [[2, 2]] };
  const tasks: Task[] = [
    { id: "a", train: [pair], test: [pair, { input: [[3]] }, pair] },
    { id: "b", train: [pair], test: [pair] },
  ];
  const ids = (...args: Parameters<typeof knownPuzzles>) =>
    knownPuzzles(...args).map(({ task, test }) => `${task.id}${test}`);

  it("are all test inputs whose answers are known, or some by lot", () => {
    expect(ids(tasks, undefined, 1)).toEqual(["a0", "a2", "b0"]);
    const drawn = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => ids(tasks, 2, seed).join()));
    expect([...drawn].every((two) => ["a0,a2", "a0,b0", "a2,b0"].includes(two))).toBe(true);
    expect(drawn.size).toBeGreaterThan(1);
  });

  it("are refused where no answer is known or large enough", () => {
    expect(() => knownPuzzles(tasks, undefined, 1, 3)).toThrow(
      "none of 2 tasks tells an answer of 3 cells or more",
    );
  });
});

import { describe, expect, it } from "vitest";
import type { Grid } from "./grid.ts";
import { cellAccuracy, exact, type Result, scoreAttempts, scoreDataset, wrongSize } from "./score.ts";

const answer: Grid = [
  [1, 2],
  [3, 4],
];
const near: Grid = [
  [1, 2],
  [3, 0],
];
const wide: Grid = [[1, 2, 3, 4]];

describe("one prediction", () => {
  it("is exact only if size and all cells are right", () => {
    expect([answer, near, wide].map((grid) => exact(grid, answer))).toEqual([true, false, false]);
  });

  it("has the answer's size or not", () => {
    expect([answer, near, wide].map((grid) => wrongSize(grid, answer))).toEqual([false, false, true]);
    expect(wrongSize([...answer, [1, 2]], answer)).toBe(true);
  });

  it("has a fraction of cells right, none if the size is wrong", () => {
    expect([answer, near, wide].map((grid) => cellAccuracy(grid, answer))).toEqual([1, 0.75, 0]);
  });
});

describe("attempts", () => {
  it("are right if either of the first two is", () => {
    expect(scoreAttempts([answer, near], answer)).toEqual({ correct: true, firstCorrect: true });
    expect(scoreAttempts([near, answer], answer)).toEqual({ correct: true, firstCorrect: false });
    expect(scoreAttempts([near, wide], answer)).toEqual({ correct: false, firstCorrect: false });
    expect(scoreAttempts([answer], answer)).toEqual({ correct: true, firstCorrect: true });
  });

  it("after the second count for nothing", () => {
    expect(scoreAttempts([near, wide, answer], answer)).toEqual({ correct: false, firstCorrect: false });
  });

  it("that were never made are wrong", () => {
    expect(scoreAttempts([], answer)).toEqual({ correct: false, firstCorrect: false });
  });

  it("cannot be judged without an answer", () => {
    expect(scoreAttempts([near, wide])).toEqual({ correct: null, firstCorrect: null });
  });
});

describe("a dataset's three scores", () => {
  const results = (...items: [task: string, correct: boolean | null][]): Result[] =>
    items.map(([task, correct]) => ({ task, correct }));

  it("differ where a task has several outputs", () => {
    // a: 2 of 2, b: 1 of 3, c: 0 of 1; results of one task need not stand together.
    const score = scoreDataset(
      results(["a", true], ["b", true], ["c", false], ["b", false], ["a", true], ["b", false]),
    );
    expect(score).toEqual({
      outputs: 6,
      tasks: 3,
      kaggle: 3 / 6,
      taskMean: (1 + 1 / 3 + 0) / 3,
      wholeTasks: 1 / 3,
    });
  });

  it("leave out outputs without a known answer", () => {
    const score = scoreDataset(results(["a", true], ["a", null], ["b", null], ["c", false]));
    expect(score).toEqual({ outputs: 2, tasks: 2, kaggle: 0.5, taskMean: 0.5, wholeTasks: 0.5 });
  });

  it("are unknown over nothing", () => {
    const nothing = { outputs: 0, tasks: 0, kaggle: null, taskMean: null, wholeTasks: null };
    expect(scoreDataset([])).toEqual(nothing);
    expect(scoreDataset(results(["a", null]))).toEqual(nothing);
  });

  it("keep hostile task ids apart", () => {
    const score = scoreDataset(results(["__proto__", true], ["constructor", false]));
    expect(score).toMatchObject({ tasks: 2, wholeTasks: 0.5 });
  });
});

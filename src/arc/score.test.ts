import { describe, expect, it } from "vitest";
import type { Grid } from "./grid.ts";
import { cellAccuracy, exact, scoreAttempts, wrongSize } from "./score.ts";

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

import { describe, expect, it } from "vitest";
import { makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { hintFor, sizeBelief } from "./sizes.ts";

const box = (rows: number, columns: number, cell = 1) => makeGrid(rows, columns, () => cell);
/** A grid of 8 x 8 with a box of the size in it. */
const holding = (rows: number, columns: number) =>
  makeGrid(8, 8, (r, c) => (r >= 2 && r < 2 + rows && c >= 1 && c < 1 + columns ? 3 : 0));
const cropping: Task = {
  id: "crop",
  train: [
    { input: holding(2, 3), output: box(2, 3) },
    { input: holding(4, 2), output: box(4, 2) },
  ],
  test: [{ input: holding(3, 5) }],
};
const keeping: Task = {
  id: "keep",
  train: [
    { input: box(2, 3), output: box(2, 3) },
    { input: box(4, 2), output: box(4, 2) },
  ],
  test: [{ input: box(3, 5) }],
};

describe("what rules say of a size", () => {
  it("is told with how far it is believed", () => {
    expect(hintFor(keeping, 0, "rules")).toEqual({ size: { rows: 3, columns: 5 }, weight: 0.99 });
    expect(hintFor(keeping, 0, "both")).toEqual({ size: { rows: 3, columns: 5 }, weight: 0.99 });
    expect(hintFor(keeping, 0, "model")).toBeUndefined();
    expect(hintFor(cropping, 0, "rules")).toBeUndefined();
    expect(hintFor(cropping, 0, "both")).toEqual({ size: { rows: 3, columns: 5 }, weight: 0.4 });
  });

  it("is mixed with the model's own: probabilities that sum to one", () => {
    const hint = { size: { rows: 3, columns: 5 }, weight: 0.4 };
    const probability = (size: { rows: number; columns: number }, own: number) =>
      Math.exp(sizeBelief(hint, size, Math.log(own)));
    expect(probability({ rows: 3, columns: 5 }, 0.2)).toBeCloseTo(0.4 + 0.6 * 0.2);
    expect(probability({ rows: 5, columns: 3 }, 0.8)).toBeCloseTo(0.6 * 0.8);
    expect(sizeBelief(undefined, { rows: 1, columns: 1 }, -2)).toBe(-2);
    expect(Number.isFinite(sizeBelief({ ...hint, weight: 1 }, { rows: 1, columns: 1 }, -900))).toBe(true);
  });
});

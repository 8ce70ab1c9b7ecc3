import { describe, expect, it } from "vitest";
import { sizeByContent } from "./content-sizes.ts";
import { type Grid, makeGrid } from "./grid.ts";

const paint = (rows: number, columns: number, ...boxes: [number, number, number, number, number][]): Grid =>
  makeGrid(rows, columns, (r, c) => {
    const box = boxes.findLast(([top, left, h, w]) => r >= top && r < top + h && c >= left && c < left + w);
    return box ? box[4] : 0;
  });
const blank = (rows: number, columns: number): Grid => makeGrid(rows, columns, () => 0);
const task = (pairs: [Grid, Grid][], input: Grid) => ({
  id: "t",
  train: pairs.map(([from, output]) => ({ input: from, output })),
  test: [{ input }],
});

describe("the size by content", () => {
  it("is that of the only object", () => {
    const puzzle = task(
      [
        [paint(9, 9, [1, 1, 3, 2, 4]), blank(3, 2)],
        [paint(7, 8, [2, 3, 2, 5, 6]), blank(2, 5)],
      ],
      paint(8, 8, [0, 0, 4, 6, 1]),
    );
    expect(sizeByContent(puzzle, 0)).toEqual({ rows: 4, columns: 6 });
  });

  it("is that of the largest object, or of the box around a colour, whichever explains all", () => {
    const both = (rows: number, columns: number): Grid =>
      paint(12, 12, [0, 0, 2, 2, 5], [4, 4, rows, columns, 7]);
    const puzzle = task(
      [
        [both(4, 5), blank(4, 5)],
        [both(3, 6), blank(3, 6)],
      ],
      both(6, 3),
    );
    expect(sizeByContent(puzzle, 0)).toEqual({ rows: 6, columns: 3 });
  });

  it("is a count, where a side is as long as there are objects", () => {
    const dots = (count: number): Grid => makeGrid(9, 9, (r, c) => (r === 2 * c && c < count ? 3 : 0));
    const puzzle = task(
      [
        [dots(2), blank(1, 2)],
        [dots(4), blank(1, 4)],
      ],
      dots(3),
    );
    expect(sizeByContent(puzzle, 0)).toEqual({ rows: 1, columns: 3 });
  });

  it("is that of a panel between lines", () => {
    const cut = (panel: number): Grid => makeGrid(2 * panel + 1, 5, (r) => (r === panel ? 8 : 0));
    const puzzle = task(
      [
        [cut(3), blank(3, 5)],
        [cut(4), blank(4, 5)],
      ],
      cut(6),
    );
    expect(sizeByContent(puzzle, 0)).toEqual({ rows: 6, columns: 5 });
  });

  it("is not told where nothing explains all demonstrations", () => {
    const puzzle = task(
      [
        [paint(9, 9, [1, 1, 3, 2, 4]), blank(9, 8)],
        [paint(7, 8, [2, 3, 2, 5, 6]), blank(4, 7)],
      ],
      paint(8, 8, [0, 0, 4, 6, 1]),
    );
    expect(sizeByContent(puzzle, 0)).toBeUndefined();
  });
});

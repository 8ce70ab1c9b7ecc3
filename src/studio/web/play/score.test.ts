import { describe, expect, it } from "vitest";
import { TOKEN } from "../../../sequence/tokens.ts";
import { differences, rowsOf, scoreInWords, scoreOf } from "./score.ts";

const canvas = (...cells: number[]) => ({ rows: 2, columns: 2, cells });
const answer = [
  [1, 2],
  [3, 4],
];

describe("a score", () => {
  it("tells right, wrong and open cells apart", () => {
    expect(scoreOf(canvas(1, 9, TOKEN.mask, 4), answer)).toEqual({
      right: 2,
      wrong: 1,
      open: 1,
      wrongCells: [1],
    });
    expect(scoreInWords(scoreOf(canvas(1, 9, TOKEN.mask, 4), answer))).toBe("2 right, 1 wrong, 1 open");
    expect(scoreInWords(scoreOf(canvas(1, 2, 3, 4), answer))).toBe("all right");
    expect(scoreInWords(scoreOf(canvas(1, 2, 3, TOKEN.mask), answer))).toBe("3 right, 0 wrong, 1 open");
  });

  it("counts nothing where the size is another or the answer is unknown", () => {
    expect(scoreOf(canvas(1, 2, 3, 4), [[1, 2, 3, 4]])).toBe("size");
    expect(scoreOf(canvas(1, 2, 3, 4), undefined)).toBeUndefined();
  });
});

it("finds the cells that differ, in canvases of one size only", () => {
  expect(differences(canvas(1, 2, 3, 4), canvas(1, 0, 3, TOKEN.mask))).toEqual([1, 3]);
  expect(differences(canvas(1, 2, 3, 4), { rows: 1, columns: 4, cells: [1, 2, 3, 4] })).toBeUndefined();
});

it("makes rows of a canvas", () => {
  expect(rowsOf({ rows: 2, columns: 3, cells: [1, 2, 3, 4, 5, 6] })).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

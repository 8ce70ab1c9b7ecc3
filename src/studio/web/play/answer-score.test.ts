import { describe, expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { differences, scoreInWords, scoreOf } from "./answer-score.ts";

const canvas = (...slots: number[]) => ({ shape: [2, 2], slots });
const answer = [
  [1, 2],
  [3, 4],
];

describe("a score", () => {
  it("tells right, wrong and open cells apart", () => {
    expect(scoreOf(canvas(1, 9, OPEN, 4), answer)).toEqual({
      right: 2,
      wrong: 1,
      open: 1,
      wrongCells: [1],
    });
    expect(scoreInWords(scoreOf(canvas(1, 9, OPEN, 4), answer))).toBe("2 right, 1 wrong, 1 open");
    expect(scoreInWords(scoreOf(canvas(1, 2, 3, 4), answer))).toBe("all right");
    expect(scoreInWords(scoreOf(canvas(1, 2, 3, OPEN), answer))).toBe("3 right, 0 wrong, 1 open");
  });

  it("counts nothing where the size is another or the answer is unknown", () => {
    expect(scoreOf(canvas(1, 2, 3, 4), [[1, 2, 3, 4]])).toBe("size");
    expect(scoreOf(canvas(1, 2, 3, 4), undefined)).toBeUndefined();
  });
});

it("finds the cells that differ, in canvases of one size only", () => {
  expect(differences(canvas(1, 2, 3, 4), canvas(1, 0, 3, OPEN))).toEqual([1, 3]);
  expect(differences(canvas(1, 2, 3, 4), { shape: [1, 4], slots: [1, 2, 3, 4] })).toBeUndefined();
});

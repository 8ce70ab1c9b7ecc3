import { expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { cellLabel, gridInWords } from "./labels.ts";

it("says a cell's place from 1, its colour, how sure the model is, and its marks", () => {
  expect(cellLabel(6, 4, 1, 0.934)).toBe("row 2, column 3: blue, 93 % sure");
  expect(cellLabel(0, 4, OPEN, 0)).toBe("row 1, column 1: open");
  expect(cellLabel(3, 4, 8, undefined, ["locked", "wrong"])).toBe(
    "row 1, column 4: light blue, locked, wrong",
  );
});

it("says all cells of a small grid, and the size of a large one", () => {
  expect(
    gridInWords([
      [0, 2],
      [9, 4],
    ]),
  ).toBe("2 by 2; row 1: black red; row 2: maroon yellow");
  expect(gridInWords(Array.from({ length: 13 }, () => [0]))).toBe("13 by 1");
});

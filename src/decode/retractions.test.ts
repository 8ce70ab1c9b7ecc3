import { describe, expect, it } from "vitest";
import { type Frame, OPEN } from "./frames.ts";
import { countRetractions } from "./retractions.ts";

const open = OPEN;
const frame = (slots: readonly number[], columns = slots.length): Frame => ({
  pass: 1,
  shape: [slots.length / columns, columns],
  slots,
  confidence: slots.map(() => 1),
  committed: [],
  retracted: [],
  ties: 0,
});

describe("countRetractions", () => {
  it.each([
    [
      "nothing where cells are only filled",
      [
        [open, open],
        [1, open],
        [1, 2],
      ],
      [0, 0, 0],
    ],
    [
      "a wrong cell written over with the right colour",
      [
        [3, 2],
        [1, 2],
      ],
      [1, 1, 0],
    ],
    [
      "a wrong cell that was opened, by what it becomes",
      [
        [3, 2],
        [open, 2],
        [open, 2],
        [1, 2],
      ],
      [1, 1, 0],
    ],
    [
      "a right cell that was opened and comes out wrong",
      [
        [1, 2],
        [1, open],
        [1, 5],
      ],
      [1, 0, 1],
    ],
    [
      "neither for a cell that stays wrong",
      [
        [3, 2],
        [4, 2],
      ],
      [1, 0, 0],
    ],
    [
      "neither for a cell that gets its colour again",
      [
        [3, 2],
        [open, 2],
        [3, 2],
      ],
      [1, 0, 0],
    ],
    [
      "each change of a cell",
      [
        [3, 2],
        [1, 2],
        [4, 2],
      ],
      [2, 1, 1],
    ],
  ])("counts %s", (_, canvases, [retracted, fixed, broken]) => {
    const frames = canvases.map((slots) => frame(slots));
    expect(countRetractions(frames, [[1, 2]])).toEqual({ retracted, fixed, broken });
  });

  it("compares nothing across sizes, or with an answer of another size", () => {
    expect(countRetractions([frame([3, 2]), frame([1, 2], 1)], [[1, 2]])).toEqual({
      retracted: 0,
      fixed: 0,
      broken: 0,
    });
    expect(countRetractions([frame([3, 2]), frame([1, 2])], [[1], [2]])).toEqual({
      retracted: 1,
      fixed: 0,
      broken: 0,
    });
  });
});

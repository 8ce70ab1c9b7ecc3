import { expect, it } from "vitest";
import { families, generatePuzzle } from "../../../puzzles/index.ts";
import { taskSchema } from "../../shared/protocol.ts";
import { drawn, familyKeyOf, paramsOf } from "./puzzle-source.ts";

it("draws the puzzle that the command line draws", () => {
  const key = { family: "gravity", level: "medium", seed: 31, index: 2 } as const;
  expect(drawn(key)).toEqual(generatePuzzle(families.gravity, "medium", 31, 2));
  expect(taskSchema.safeParse(drawn(key)).success).toBe(true);
});

it("finds a puzzle by its address, and takes nonsense for the usual", () => {
  const key = { family: "flip", level: "hard", seed: 12, index: 4 } as const;
  expect(familyKeyOf(paramsOf(key))).toEqual(key);
  expect(familyKeyOf({ family: "flip", level: "x", seed: "-3", index: "1.5" })).toEqual({
    family: "flip",
    level: "easy",
    seed: 7,
    index: 0,
  });
  expect(familyKeyOf({ family: "toString" })).toBeUndefined();
  expect(familyKeyOf({})).toBeUndefined();
});

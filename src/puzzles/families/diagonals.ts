import type { Family } from "../family.ts";
import { rayRule } from "../points.ts";
import { DIAGONAL } from "../steps.ts";

export const diagonals: Family = {
  name: "diagonals",
  idea: "draw a diagonal line from every point to the wall, in one direction",
  resizes: false,
  rule: rayRule(DIAGONAL),
};

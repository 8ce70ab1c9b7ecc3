import type { Family } from "../family.ts";
import { rayRule } from "../points.ts";
import { STRAIGHT } from "../steps.ts";

export const rays: Family = {
  name: "rays",
  idea: "draw a straight line from every point to the wall, in one direction",
  resizes: false,
  rule: rayRule(STRAIGHT),
};

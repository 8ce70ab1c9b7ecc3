import { height, makeGrid, width } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const pad: Family = {
  name: "pad",
  idea: "put a border around the grid",
  resizes: true,
  rule(random, sides) {
    const colour = drawInk(random);
    const inner = { min: Math.max(2, sides.min - 2), max: sides.max - 2 };
    return (random) => {
      const input = strewAny(random, drawSize(random, inner));
      const output = makeGrid(height(input) + 2, width(input) + 2, (r, c) => input[r - 1]?.[c - 1] ?? colour);
      return { input, output };
    };
  },
};

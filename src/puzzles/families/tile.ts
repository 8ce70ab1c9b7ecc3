import { height, makeGrid, width } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawFactors, drawShare } from "../sizes.ts";

export const tile: Family = {
  name: "tile",
  idea: "lay copies of the grid side by side, a number across and a number down",
  resizes: true,
  rule(random, sides) {
    const [down, across] = drawFactors(random);
    return (random) => {
      const size = { rows: drawShare(random, sides, down), columns: drawShare(random, sides, across) };
      const input = strewAny(random, size, 0.5);
      const output = makeGrid(
        size.rows * down,
        size.columns * across,
        (r, c) => input[r % height(input)]![c % width(input)]!,
      );
      return { input, output };
    };
  },
};

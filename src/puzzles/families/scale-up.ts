import { makeGrid } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawShare } from "../sizes.ts";

export const scaleUp: Family = {
  name: "scale-up",
  idea: "stretch the grid by whole factors in height and width",
  resizes: true,
  rule(random, sides) {
    const [tall, wide] = random.pick([
      [2, 2],
      [1, 2],
      [2, 1],
      [1, 3],
      [3, 1],
    ] as const);
    return (random) => {
      const size = { rows: drawShare(random, sides, tall), columns: drawShare(random, sides, wide) };
      const input = strewAny(random, size, 0.5);
      const output = makeGrid(
        size.rows * tall,
        size.columns * wide,
        (r, c) => input[Math.floor(r / tall)]![Math.floor(c / wide)]!,
      );
      return { input, output };
    };
  },
};

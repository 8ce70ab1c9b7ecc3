import { makeGrid } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawMultiple } from "../sizes.ts";

export const scaleDown: Family = {
  name: "scale-down",
  idea: "shrink the grid by whole factors in height and width",
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
      const size = { rows: drawMultiple(random, sides, tall), columns: drawMultiple(random, sides, wide) };
      const output = strewAny(random, { rows: size.rows / tall, columns: size.columns / wide }, 0.5);
      const input = makeGrid(
        size.rows,
        size.columns,
        (r, c) => output[Math.floor(r / tall)]![Math.floor(c / wide)]!,
      );
      return { input, output };
    };
  },
};

import { cutOut } from "../boxes.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const trim: Family = {
  name: "trim",
  idea: "cut off the outermost rows, columns, or both",
  resizes: true,
  rule(random, sides) {
    const [rows, columns] = random.pick([
      [1, 1],
      [1, 0],
      [0, 1],
    ] as const);
    return (random) => {
      const size = drawSize(random, sides);
      const input = strewAny(random, size, 0.5);
      const box = {
        top: rows,
        left: columns,
        rows: size.rows - 2 * rows,
        columns: size.columns - 2 * columns,
      };
      return { input, output: cutOut(input, box) };
    };
  },
};

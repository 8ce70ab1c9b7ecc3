import { stretch, strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { crowd, drawMultiple } from "../sizes.ts";

export const scaleDown: Family = {
  name: "scale-down",
  idea: "shrink the blocks of a grid to one cell in height, in width, or in both",
  resizes: true,
  rule(random, sides) {
    const block = random.int(2, Math.min(3, 1 + crowd(sides)));
    const [tall, wide] = random.pick([
      [1, 1],
      [1, block],
      [block, 1],
    ] as const);
    return (random) => {
      const [rows, columns] = [drawMultiple(random, sides, block), drawMultiple(random, sides, block)];
      const small = strewAny(random, { rows: rows / block, columns: columns / block }, 0.6);
      return { input: stretch(small, block, block), output: stretch(small, tall, wide) };
    };
  },
};

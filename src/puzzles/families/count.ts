import { blank, strew } from "../canvas.ts";
import { countColour, drawInk, drawInksWith } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { axisViews } from "../views.ts";

export const count: Family = {
  name: "count",
  idea: "draw a bar as long as one colour has cells",
  resizes: true,
  rule(random, sides) {
    const colour = drawInk(random);
    const view = random.pick(axisViews);
    return (random) => {
      const size = drawSize(random, sides);
      const density = Math.min(0.3, sides.max / (size.rows * size.columns));
      const input = strew(random, size, drawInksWith(random, 2, colour), density);
      const length = countColour(input, colour);
      if (length === 0) return undefined;
      return { input, output: view(blank({ rows: 1, columns: length }, colour)) };
    };
  },
};

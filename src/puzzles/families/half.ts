import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawMultiple, drawSide } from "../sizes.ts";
import { edgeViews, sizeThrough } from "../views.ts";

export const half: Family = {
  name: "half",
  idea: "keep the top, bottom, left or right half of the grid",
  resizes: true,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    return (random) => {
      const size = { rows: drawMultiple(random, sides, 2), columns: drawSide(random, sides) };
      const input = strewAny(random, sizeThrough(view, size), 0.5);
      return { input, output: view(view(input).slice(0, size.rows / 2)) };
    };
  },
};

import { above, blank, strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawMultiple, drawSide } from "../sizes.ts";
import { edgeViews, flipRows, same } from "../views.ts";

export const completeHalf: Family = {
  name: "complete-half",
  idea: "fill the empty half with the other half's mirror image, or with its copy",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const copy = random.pick([same, flipRows]);
    return (random) => {
      const size = { rows: drawMultiple(random, sides, 2) / 2, columns: drawSide(random, sides) };
      const half = strewAny(random, size, 0.5);
      return { input: view(above(half, blank(size))), output: view(above(half, copy(half))) };
    };
  },
};

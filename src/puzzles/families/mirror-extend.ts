import { above, strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawShare, drawSide } from "../sizes.ts";
import { edgeViews, flipRows, sizeThrough } from "../views.ts";

export const mirrorExtend: Family = {
  name: "mirror-extend",
  idea: "append the grid's mirror image on one side",
  resizes: true,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    return (random) => {
      const size = { rows: drawShare(random, sides, 2), columns: drawSide(random, sides) };
      const input = strewAny(random, sizeThrough(view, size), 0.5);
      const seen = view(input);
      return { input, output: view(above(flipRows(seen), seen)) };
    };
  },
};

import { above, beside, strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawShare } from "../sizes.ts";
import { cornerViews, flipColumns, flipRows } from "../views.ts";

export const kaleidoscope: Family = {
  name: "kaleidoscope",
  idea: "complete the grid to four mirrored copies, itself in one corner",
  resizes: true,
  heldOut: true,
  rule(random, sides) {
    const view = random.pick(cornerViews);
    return (random) => {
      const size = { rows: drawShare(random, sides, 2), columns: drawShare(random, sides, 2) };
      const input = strewAny(random, size, 0.5);
      const corner = view(input);
      const top = beside(corner, flipColumns(corner));
      return { input, output: view(above(top, flipRows(top))) };
    };
  },
};

import { copyGrid } from "../../arc/grid.ts";
import { rimBox, sizeOf } from "../boxes.ts";
import { strewAny } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const frame: Family = {
  name: "frame",
  idea: "paint the grid's border in one colour",
  resizes: false,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const input = strewAny(random, drawSize(random, sides));
      const output = copyGrid(input);
      rimBox(output, { top: 0, left: 0, ...sizeOf(input) }, colour);
      return { input, output };
    };
  },
};

import { copyGrid } from "../../arc/grid.ts";
import { drawBoxes, fillBox, rimBox, shrink } from "../boxes.ts";
import { blank } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";

export const fill: Family = {
  name: "fill",
  idea: "fill the inside of every closed outline",
  resizes: false,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const boxes = drawBoxes(random, size, crowd(sides));
      if (!boxes) return undefined;
      const input = blank(size);
      for (const box of boxes) rimBox(input, box, drawInk(random, colour));
      const output = copyGrid(input);
      for (const box of boxes) fillBox(output, shrink(box), colour);
      return { input, output };
    };
  },
};

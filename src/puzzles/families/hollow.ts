import { copyGrid } from "../../arc/grid.ts";
import { drawBoxes, fillBox, shrink } from "../boxes.ts";
import { blank } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";

export const hollow: Family = {
  name: "hollow",
  idea: "give the inside of every solid rectangle another colour, or none",
  resizes: false,
  rule(random, sides) {
    const inside = random.int(0, 9);
    return (random) => {
      const size = drawSize(random, sides);
      const boxes = drawBoxes(random, size, crowd(sides));
      if (!boxes) return undefined;
      const input = blank(size);
      for (const box of boxes) fillBox(input, box, drawInk(random, inside));
      const output = copyGrid(input);
      for (const box of boxes) fillBox(output, shrink(box), inside);
      return { input, output };
    };
  },
};

import { copyGrid, mapGrid } from "../../arc/grid.ts";
import { boxAround, fillBox } from "../boxes.ts";
import { blank } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { dab } from "../steps.ts";

export const boundingBox: Family = {
  name: "bounding-box",
  idea: "colour the background of the smallest rectangle around all points",
  resizes: false,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const input = blank(size);
      const ink = drawInk(random, colour);
      for (let points = random.int(2, 4); points > 0; points--) {
        dab(input, random.int(0, size.rows - 1), random.int(0, size.columns - 1), ink);
      }
      const box = boxAround(input)!;
      const output = copyGrid(input);
      fillBox(output, box, colour);
      return { input, output: mapGrid(output, (cell, r, c) => input[r]![c] || cell) };
    };
  },
};

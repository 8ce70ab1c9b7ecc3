import { BACKGROUND, copyGrid } from "../../arc/grid.ts";
import { eachCell, strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { DIAGONAL, dab } from "../steps.ts";

export const shadow: Family = {
  name: "shadow",
  idea: "let every cell cast a shadow to one diagonal neighbour",
  resizes: false,
  heldOut: true,
  rule(random, sides) {
    const [down, right] = random.pick(DIAGONAL);
    const colour = drawInk(random);
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInks(random, 2, colour), 0.2);
      const output = copyGrid(input);
      eachCell(input, (cell, r, c) => {
        if (cell !== BACKGROUND) dab(output, r + down, c + right, colour);
      });
      return { input, output };
    };
  },
};

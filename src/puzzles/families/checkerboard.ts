import { copyGrid } from "../../arc/grid.ts";
import { eachCell, strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { dab } from "../steps.ts";

export const checkerboard: Family = {
  name: "checkerboard",
  idea: "lay a checkerboard behind the cells",
  resizes: false,
  rule(random, sides) {
    const parity = random.int(0, 1);
    const colour = drawInk(random);
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInks(random, 2, colour), 0.2);
      const output = copyGrid(input);
      eachCell(input, (_, r, c) => {
        if ((r + c) % 2 === parity) dab(output, r, c, colour);
      });
      return { input, output };
    };
  },
};

import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const negative: Family = {
  name: "negative",
  idea: "clear the coloured cells and colour the background",
  resizes: false,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInks(random, 1, colour), 0.5);
      return { input, output: mapGrid(input, (cell) => (cell === BACKGROUND ? colour : BACKGROUND)) };
    };
  },
};

import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks, hasColours } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";

export const colourMap: Family = {
  name: "colour-map",
  idea: "give each of a few colours another one",
  resizes: false,
  rule(random, sides) {
    const count = random.int(2, 2 + crowd(sides));
    const from = drawInks(random, count);
    const to = drawInks(random, count, ...from);
    return (random) => {
      const input = strew(random, drawSize(random, sides), from, 0.6);
      // Every demonstration tells the whole map.
      if (!hasColours(input, ...from)) return undefined;
      return { input, output: mapGrid(input, (colour) => to[from.indexOf(colour)] ?? BACKGROUND) };
    };
  },
};

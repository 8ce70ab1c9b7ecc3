import { mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks, drawInksWith } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const recolour: Family = {
  name: "recolour",
  idea: "give one colour's cells another colour",
  resizes: false,
  rule(random, sides) {
    const [from, to] = drawInks(random, 2) as [number, number];
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInksWith(random, random.int(2, 3), from));
      return { input, output: mapGrid(input, (colour) => (colour === from ? to : colour)) };
    };
  },
};

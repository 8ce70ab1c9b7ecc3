import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInk, drawInksWith, hasColours } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const keepColour: Family = {
  name: "keep-colour",
  idea: "keep one colour's cells and clear all others",
  resizes: false,
  rule(random, sides) {
    const kept = drawInk(random);
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInksWith(random, random.int(2, 3), kept), 0.5);
      if (!hasColours(input, kept)) return undefined;
      return { input, output: mapGrid(input, (colour) => (colour === kept ? kept : BACKGROUND)) };
    };
  },
};

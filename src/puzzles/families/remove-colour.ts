import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInk, drawInksWith } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const removeColour: Family = {
  name: "remove-colour",
  idea: "clear one colour's cells",
  resizes: false,
  rule(random, sides) {
    const removed = drawInk(random);
    return (random) => {
      const input = strew(
        random,
        drawSize(random, sides),
        drawInksWith(random, random.int(2, 3), removed),
        0.5,
      );
      return { input, output: mapGrid(input, (colour) => (colour === removed ? BACKGROUND : colour)) };
    };
  },
};

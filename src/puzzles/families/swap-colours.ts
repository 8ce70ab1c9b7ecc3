import { mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks, drawInksWith, hasColours } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const swapColours: Family = {
  name: "swap-colours",
  idea: "exchange two colours",
  resizes: false,
  heldOut: true,
  rule(random, sides) {
    const [one, other] = drawInks(random, 2) as [number, number];
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInksWith(random, 3, one, other), 0.5);
      if (!hasColours(input, one, other)) return undefined;
      const swapped = (colour: number) => (colour === one ? other : colour === other ? one : colour);
      return { input, output: mapGrid(input, swapped) };
    };
  },
};

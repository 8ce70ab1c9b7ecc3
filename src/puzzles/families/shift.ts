import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { edgeViews } from "../views.ts";

export const shift: Family = {
  name: "shift",
  idea: "move everything a number of cells in one direction; what leaves the grid is lost",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const amount = random.int(1, Math.floor(sides.min / 2));
    return (random) => {
      const input = strewAny(random, drawSize(random, sides));
      const seen = view(input);
      return { input, output: view(mapGrid(seen, (_, r, c) => seen[r + amount]?.[c] ?? BACKGROUND)) };
    };
  },
};

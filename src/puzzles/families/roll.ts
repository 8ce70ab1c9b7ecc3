import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { edgeViews } from "../views.ts";

export const roll: Family = {
  name: "roll",
  idea: "move everything a number of cells in one direction; what leaves the grid comes in again opposite",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const amount = random.int(1, Math.floor(sides.min / 3));
    return (random) => {
      const input = strewAny(random, drawSize(random, sides));
      const seen = view(input);
      return { input, output: view([...seen.slice(amount), ...seen.slice(0, amount)]) };
    };
  },
};

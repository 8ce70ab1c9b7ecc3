import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawOblong } from "../sizes.ts";
import { antiTranspose, mainTranspose } from "../views.ts";

export const transpose: Family = {
  name: "transpose",
  idea: "mirror the grid at one of its diagonals",
  resizes: true,
  rule(random, sides) {
    const mirror = random.pick([mainTranspose, antiTranspose]);
    return (random) => {
      const input = strewAny(random, drawOblong(random, sides));
      return { input, output: mirror(input) };
    };
  },
};

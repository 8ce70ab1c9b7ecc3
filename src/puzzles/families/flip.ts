import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { flipColumns, flipRows, halfTurn } from "../views.ts";

export const flip: Family = {
  name: "flip",
  idea: "mirror the grid left to right, top to bottom, or both",
  resizes: false,
  rule(random, sides) {
    const mirror = random.pick([flipColumns, flipRows, halfTurn]);
    return (random) => {
      const input = strewAny(random, drawSize(random, sides));
      return { input, output: mirror(input) };
    };
  },
};

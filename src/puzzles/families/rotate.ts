import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawOblong } from "../sizes.ts";
import { turnLeft, turnRight } from "../views.ts";

export const rotate: Family = {
  name: "rotate",
  idea: "turn the grid by a quarter, clockwise or anticlockwise",
  resizes: true,
  rule(random, sides) {
    const turn = random.pick([turnLeft, turnRight]);
    return (random) => {
      const input = strewAny(random, drawOblong(random, sides));
      return { input, output: turn(input) };
    };
  },
};

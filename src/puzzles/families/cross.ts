import { copyGrid } from "../../arc/grid.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawPoints, paintPoints } from "../points.ts";
import { crowd, drawSize } from "../sizes.ts";
import { DIAGONAL, STRAIGHT, shoot } from "../steps.ts";

export const cross: Family = {
  name: "cross",
  idea: "draw lines through every point, upright or diagonal",
  resizes: false,
  rule(random, sides) {
    const steps = random.pick([STRAIGHT, DIAGONAL]);
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const points = drawPoints(random, size, crowd(sides));
      const input = paintPoints(random, size, points, colour);
      const output = copyGrid(input);
      for (const { row, column } of points) {
        for (const step of steps) shoot(output, row, column, step, colour);
      }
      return { input, output };
    };
  },
};

import { copyGrid } from "../../arc/grid.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawPoints, paintPoints } from "../points.ts";
import { crowd, drawSize } from "../sizes.ts";
import { DIAGONAL, dab, STRAIGHT } from "../steps.ts";

export const halo: Family = {
  name: "halo",
  idea: "ring every point: straight neighbours, diagonal ones, or all",
  resizes: false,
  rule(random, sides) {
    const steps = random.pick([STRAIGHT, DIAGONAL, [...STRAIGHT, ...DIAGONAL]]);
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const points = drawPoints(random, size, crowd(sides));
      const input = paintPoints(random, size, points, colour);
      const output = copyGrid(input);
      for (const { row, column } of points) {
        for (const [down, right] of steps) dab(output, row + down, column + right, colour);
      }
      return { input, output };
    };
  },
};

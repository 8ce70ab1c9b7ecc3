import { type Grid, height, makeGrid, mapGrid } from "../../arc/grid.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { axisViews, flipRows, same } from "../views.ts";

/** The picture whose upper half is the grid's, and whose lower half mirrors it. */
const mirrorUpper = (grid: Grid) => mapGrid(grid, (_, r, c) => grid[Math.min(r, height(grid) - 1 - r)]![c]!);

export const repairSymmetry: Family = {
  name: "repair-symmetry",
  idea: "make a damaged mirror picture whole again, after its top, bottom, left or right half",
  resizes: false,
  rule(random, sides) {
    const axis = random.pick(axisViews);
    const side = random.pick([same, flipRows]);
    return (random) => {
      const { rows, columns } = drawSize(random, sides);
      const inks = drawInks(random, random.int(2, 3));
      const whole = mirrorUpper(makeGrid(rows, columns, () => random.pick(inks)));
      const damaged = mapGrid(whole, (colour) => (random.chance(0.15) ? random.pick(inks) : colour));
      return { input: axis(damaged), output: axis(side(mirrorUpper(side(damaged)))) };
    };
  },
};

import { mapGrid } from "../../arc/grid.ts";
import { cutOut } from "../boxes.ts";
import { strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const quadrant: Family = {
  name: "quadrant",
  idea: "keep one of the four parts that two lines divide",
  resizes: true,
  rule(random, sides) {
    const [bottom, right] = [random.chance(0.5), random.chance(0.5)];
    const roomy = { min: Math.max(5, sides.min), max: sides.max };
    return (random) => {
      const size = drawSize(random, roomy);
      const [line = 0, ...inks] = drawInks(random, 3);
      const [row, column] = [random.int(2, size.rows - 3), random.int(2, size.columns - 3)];
      const input = mapGrid(strew(random, size, inks, 0.5), (cell, r, c) =>
        r === row || c === column ? line : cell,
      );
      const output = cutOut(input, {
        top: bottom ? row + 1 : 0,
        left: right ? column + 1 : 0,
        rows: bottom ? size.rows - row - 1 : row,
        columns: right ? size.columns - column - 1 : column,
      });
      return { input, output };
    };
  },
};

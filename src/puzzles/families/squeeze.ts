import { BACKGROUND, type Grid, mapGrid } from "../../arc/grid.ts";
import { boxAround } from "../boxes.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize, lineNumbers } from "../sizes.ts";
import { mainTranspose, same, type View } from "../views.ts";

const dropEmptyRows: View = (grid) => same(grid).filter((line) => line.some((cell) => cell !== BACKGROUND));
const dropEmptyColumns: View = (grid) => mainTranspose(dropEmptyRows(mainTranspose(grid)));

export const squeeze: Family = {
  name: "squeeze",
  idea: "take out the empty rows, the empty columns, or both",
  resizes: true,
  rule(random, sides) {
    const steps = random.pick([[dropEmptyRows], [dropEmptyColumns], [dropEmptyRows, dropEmptyColumns]]);
    return (random) => {
      const size = drawSize(random, sides);
      const empty = (side: number) => random.sample(lineNumbers(side), random.int(1, Math.floor(side / 3)));
      const [rows, columns] = [empty(size.rows), empty(size.columns)];
      const input = mapGrid(strewAny(random, size, 0.7), (cell, r, c) =>
        rows.includes(r) || columns.includes(c) ? BACKGROUND : cell,
      );
      if (!boxAround(input)) return undefined;
      return { input, output: steps.reduce<Grid>((grid, step) => step(grid), input) };
    };
  },
};

import { equalGrids, makeGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { axisViews } from "../views.ts";

export const oddLine: Family = {
  name: "odd-line",
  idea: "keep the one row or column that differs from the rest, or the one that repeats",
  resizes: true,
  rule(random, sides) {
    const view = random.pick(axisViews);
    const keepOdd = random.chance(0.5);
    return (random) => {
      const size = drawSize(random, sides);
      const inks = drawInks(random, 2);
      const [common, odd] = [
        strew(random, { ...size, rows: 1 }, inks, 0.7),
        strew(random, { ...size, rows: 1 }, inks, 0.7),
      ];
      if (equalGrids(common, odd)) return undefined;
      const place = random.int(0, size.rows - 1);
      const input = makeGrid(size.rows, size.columns, (r, c) => (r === place ? odd : common)[0]![c]!);
      return { input: view(input), output: view(keepOdd ? odd : common) };
    };
  },
};

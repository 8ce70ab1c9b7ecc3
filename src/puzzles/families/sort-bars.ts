import { BACKGROUND, makeGrid } from "../../arc/grid.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { edgeViews } from "../views.ts";

export const sortBars: Family = {
  name: "sort-bars",
  idea: "sort the bars by length, rising or falling",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const sign = random.pick([1, -1]);
    return (random) => {
      const size = drawSize(random, sides);
      const colour = drawInk(random);
      const lengths = Array.from({ length: size.columns }, () => random.int(1, size.rows));
      const bars = (of: readonly number[]) =>
        view(makeGrid(size.rows, size.columns, (r, c) => (r < of[c]! ? colour : BACKGROUND)));
      return { input: bars(lengths), output: bars(lengths.toSorted((a, b) => sign * (a - b))) };
    };
  },
};

import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { above, blank, strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";
import { edgeViews } from "../views.ts";

export const repeatEdge: Family = {
  name: "repeat-edge",
  idea: "repeat the coloured edge all over the grid, on every line or every second or third",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const every = random.int(1, Math.min(3, 1 + crowd(sides)));
    return (random) => {
      const size = drawSize(random, sides);
      const edge = strew(random, { ...size, rows: 1 }, drawInks(random, random.int(2, 3)), 0.9);
      const input = above(edge, blank({ ...size, rows: size.rows - 1 }));
      const output = mapGrid(input, (_, r, c) => (r % every === 0 ? edge[0]![c]! : BACKGROUND));
      return { input: view(input), output: view(output) };
    };
  },
};

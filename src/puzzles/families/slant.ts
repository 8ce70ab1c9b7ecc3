import { BACKGROUND, makeGrid, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { edgeViews } from "../views.ts";

export const slant: Family = {
  name: "slant",
  idea: "repeat the coloured edge all over the grid, each time moved one cell further to one side, going round",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(edgeViews);
    const move = random.pick([1, -1]);
    return (random) => {
      const { rows, columns } = drawSize(random, sides);
      const [edge = []] = strew(random, { rows: 1, columns }, drawInks(random, random.int(2, 3)), 0.8);
      const input = makeGrid(rows, columns, (r, c) => (r === 0 ? edge[c]! : BACKGROUND));
      const output = mapGrid(input, (_, r, c) => edge.at((c - move * r) % columns)!);
      return { input: view(input), output: view(output) };
    };
  },
};

import { mapGrid } from "../../arc/grid.ts";
import { above, strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawMultiple, drawSide } from "../sizes.ts";
import { axisViews } from "../views.ts";

export const overlay: Family = {
  name: "overlay",
  idea: "lay one half of the grid over the other",
  resizes: true,
  rule(random, sides) {
    const view = random.pick(axisViews);
    const firstOnTop = random.chance(0.5);
    return (random) => {
      const size = { rows: drawMultiple(random, sides, 2) / 2, columns: drawSide(random, sides) };
      const [one = 0, other = 0] = drawInks(random, 2);
      const halves = [strew(random, size, [one], 0.5), strew(random, size, [other], 0.5)] as const;
      const [over, under] = firstOnTop ? halves : [halves[1], halves[0]];
      // Somewhere both have a cell, so that every demonstration tells which lies on top.
      if (!over.some((line, r) => line.some((cell, c) => cell && under[r]![c]))) return undefined;
      return {
        input: view(above(...halves)),
        output: view(mapGrid(over, (cell, r, c) => cell || under[r]![c]!)),
      };
    };
  },
};

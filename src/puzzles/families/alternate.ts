import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { axisViews } from "../views.ts";

export const alternate: Family = {
  name: "alternate",
  idea: "recolour what stands on every second row or column",
  resizes: false,
  rule(random, sides) {
    const view = random.pick(axisViews);
    const start = random.int(0, 1);
    const colour = drawInk(random);
    return (random) => {
      const input = strew(random, drawSize(random, sides), drawInks(random, 1, colour), 0.6);
      const output = mapGrid(view(input), (cell, r) =>
        cell !== BACKGROUND && r % 2 === start ? colour : cell,
      );
      return { input, output: view(output) };
    };
  },
};

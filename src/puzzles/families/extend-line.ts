import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { blank } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";
import { drawStretches } from "../stretches.ts";
import { axisViews } from "../views.ts";

export const extendLine: Family = {
  name: "extend-line",
  idea: "carry every line on to the walls in another colour",
  resizes: false,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const view = random.pick(axisViews);
      const size = drawSize(random, sides);
      const input = blank(size);
      const lengths = { min: 2, max: 1 + crowd(sides) };
      const stretches = drawStretches(random, size, crowd(sides), lengths);
      // Different colours, so that two lines side by side are no block.
      const inks = drawInks(random, stretches.length, colour);
      stretches.forEach(({ row, from, to }, i) => {
        input[row]!.fill(inks[i]!, from, to + 1);
      });
      const output = mapGrid(input, (cell, r) =>
        cell === BACKGROUND && input[r]!.some((other) => other !== BACKGROUND) ? colour : cell,
      );
      return { input: view(input), output: view(output) };
    };
  },
};

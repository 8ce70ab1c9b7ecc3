import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { above, blank, strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSide } from "../sizes.ts";
import { axisViews } from "../views.ts";

const both = (a: boolean, b: boolean) => a && b;
const either = (a: boolean, b: boolean) => a || b;
const oneOnly = (a: boolean, b: boolean) => a !== b;
const neither = (a: boolean, b: boolean) => !a && !b;

export const logic: Family = {
  name: "logic",
  idea: "compare the halves on both sides of a line, cell by cell: both, either, one only, or neither",
  resizes: true,
  rule(random, sides) {
    const view = random.pick(axisViews);
    const holds = random.pick([both, either, oneOnly, neither]);
    const colour = drawInk(random);
    return (random) => {
      const size = {
        rows: random.int(Math.max(2, Math.ceil((sides.min - 1) / 2)), Math.floor((sides.max - 1) / 2)),
        columns: drawSide(random, sides),
      };
      const [one = 0, other = 0, line = 0] = drawInks(random, 3, colour);
      const [top, bottom] = [strew(random, size, [one], 0.5), strew(random, size, [other], 0.5)];
      const cases = new Set<string>();
      const output = mapGrid(top, (cell, r, c) => {
        const [a, b] = [cell !== BACKGROUND, bottom[r]![c] !== BACKGROUND];
        cases.add(`${a} ${b}`);
        return holds(a, b) ? colour : BACKGROUND;
      });
      // Every demonstration tells the answer to all four cases.
      if (cases.size < 4) return undefined;
      return {
        input: view(above(above(top, blank({ ...size, rows: 1 }, line)), bottom)),
        output: view(output),
      };
    };
  },
};

import { copyGrid, makeGrid, mapGrid } from "../../arc/grid.ts";
import { drawPlace, fillBox } from "../boxes.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";
import { axisViews } from "../views.ts";

export const repairSymmetry: Family = {
  name: "repair-symmetry",
  idea: "restore a symmetric picture under a patch",
  resizes: false,

  rule(random, sides) {
    const view = random.pick(axisViews);
    const patch = random.int(0, 9);
    return (random) => {
      const size = drawSize(random, sides);
      const [half, middle] = [Math.floor(size.rows / 2), Math.ceil(size.rows / 2)];
      const inks = drawInks(random, random.int(2, 3), patch);
      const picture = makeGrid(size.rows, size.columns, () => random.pick(inks));
      const output = mapGrid(picture, (_, r, c) => picture[Math.min(r, size.rows - 1 - r)]![c]!);
      const input = copyGrid(output);
      // The patch stays on one side of the axis, so that its mirror image shows what it hides.
      const room = { rows: half, columns: size.columns };
      const box = drawPlace(random, room, {
        rows: random.int(1, Math.min(half, 1 + crowd(sides))),
        columns: random.int(1, Math.min(size.columns, 1 + crowd(sides))),
      });
      fillBox(input, random.chance(0.5) ? box : { ...box, top: box.top + middle }, patch);
      return { input: view(input), output: view(output) };
    };
  },
};

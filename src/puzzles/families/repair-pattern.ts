import { copyGrid, makeGrid } from "../../arc/grid.ts";
import { drawPlace, fillBox } from "../boxes.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const repairPattern: Family = {
  name: "repair-pattern",
  idea: "restore a repeating pattern under a patch",
  resizes: false,

  rule(random, sides) {
    const patch = random.int(0, 9);
    return (random) => {
      const size = drawSize(random, sides);
      // At least two repetitions each way, and so at least half of the pattern outside the patch.
      const period = {
        rows: random.int(1, Math.min(4, Math.floor(size.rows / 2))),
        columns: random.int(1, Math.min(4, Math.floor(size.columns / 2))),
      };
      const inks = drawInks(random, random.int(2, 3), patch);
      const unit = makeGrid(period.rows, period.columns, () => random.pick(inks));
      const output = makeGrid(size.rows, size.columns, (r, c) => unit[r % period.rows]![c % period.columns]!);
      const input = copyGrid(output);
      const box = drawPlace(random, size, {
        rows: random.int(1, Math.floor(size.rows / 2)),
        columns: random.int(1, Math.floor(size.columns / 2)),
      });
      fillBox(input, box, patch);
      return { input, output };
    };
  },
};

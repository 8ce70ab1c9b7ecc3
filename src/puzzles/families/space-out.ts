import { makeGrid } from "../../arc/grid.ts";
import { strew } from "../canvas.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSide } from "../sizes.ts";

export const spaceOut: Family = {
  name: "space-out",
  idea: "put a line of one colour between all rows, all columns, or both",
  resizes: true,
  rule(random, sides) {
    const [down, across] = random.pick([
      [2, 1],
      [1, 2],
      [2, 2],
    ] as const);
    const colour = random.int(0, 9);
    // n lines spaced out are 2n - 1.
    const before = (factor: 1 | 2) =>
      factor === 1
        ? sides
        : { min: Math.max(2, Math.ceil((sides.min + 1) / 2)), max: Math.floor((sides.max + 1) / 2) };
    return (random) => {
      const size = { rows: drawSide(random, before(down)), columns: drawSide(random, before(across)) };
      const input = strew(random, size, drawInks(random, random.int(2, 3), colour), 0.6);
      const output = makeGrid((size.rows - 1) * down + 1, (size.columns - 1) * across + 1, (r, c) =>
        r % down || c % across ? colour : input[r / down]![c / across]!,
      );
      return { input, output };
    };
  },
};

import { BACKGROUND } from "../../arc/grid.ts";
import { strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";
import { antiTranspose, flipColumns, mainTranspose, same, type View } from "../views.ts";

/** Cells fall to the left of each row. */
const fall: View = (grid) =>
  grid.map((line) => {
    const cells = line.filter((cell) => cell !== BACKGROUND);
    return [...cells, ...line.slice(cells.length).fill(BACKGROUND)];
  });

export const gravity: Family = {
  name: "gravity",
  idea: "let every cell fall in one direction",
  resizes: false,
  rule(random, sides) {
    const view = random.pick([same, flipColumns, mainTranspose, antiTranspose]);
    return (random) => {
      const input = strewAny(random, drawSize(random, sides), 0.35);
      return { input, output: view(fall(view(input))) };
    };
  },
};

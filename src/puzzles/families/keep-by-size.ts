import { BACKGROUND, mapGrid } from "../../arc/grid.ts";
import { drawRivals, paintBlobs } from "../blobs.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const keepBySize: Family = {
  name: "keep-by-size",
  idea: "keep only the largest, or only the smallest, object",
  resizes: false,
  rule(random, sides) {
    const which = random.pick([0, -1]);
    return (random) => {
      const size = drawSize(random, sides);
      const blobs = drawRivals(random, size, sides);
      if (!blobs) return undefined;
      const inks = drawInks(random, blobs.length);
      const input = paintBlobs(size, blobs, inks);
      return { input, output: mapGrid(input, (cell) => (cell === inks.at(which) ? cell : BACKGROUND)) };
    };
  },
};

import { mapGrid } from "../../arc/grid.ts";
import { placeBlobs, stamp } from "../blobs.ts";
import { blank } from "../canvas.ts";
import { drawInk } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const crop: Family = {
  name: "crop",
  idea: "cut out the object and give it another colour",
  resizes: true,

  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const [placed] = placeBlobs(random, size, [random.int(2, sides.max)]) ?? [];
      if (!placed) return undefined;
      const input = blank(size);
      stamp(input, placed.blob, placed.box, drawInk(random, colour));
      return { input, output: mapGrid(placed.blob, (cell) => cell * colour) };
    };
  },
};

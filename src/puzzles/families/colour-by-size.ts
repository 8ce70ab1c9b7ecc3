import { paintBlobs, placeBlobs } from "../blobs.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";

export const colourBySize: Family = {
  name: "colour-by-size",
  idea: "colour every object by its number of cells",
  resizes: false,
  rule(random, sides) {
    const plain = drawInk(random);
    const colours = drawInks(random, Math.min(4, 1 + crowd(sides)), plain);
    return (random) => {
      const size = drawSize(random, sides);
      // Every demonstration tells the colour of every size.
      const cells = colours.map((_, i) => i + 1);
      for (let more = random.int(0, crowd(sides) - 1); more > 0; more--) {
        cells.push(random.int(1, colours.length));
      }
      const blobs = placeBlobs(random, size, cells);
      if (!blobs) return undefined;
      const before = cells.map(() => plain);
      const after = cells.map((count) => colours[count - 1]!);
      return { input: paintBlobs(size, blobs, before), output: paintBlobs(size, blobs, after) };
    };
  },
};

import { drawRivals, paintBlobs } from "../blobs.ts";
import { cutOut } from "../boxes.ts";
import { drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const cropBySize: Family = {
  name: "crop-by-size",
  idea: "cut out the largest, or the smallest, object",
  resizes: true,
  heldOut: true,
  rule(random, sides) {
    const which = random.pick([0, -1]);
    return (random) => {
      const size = drawSize(random, sides);
      const blobs = drawRivals(random, size, sides);
      if (!blobs) return undefined;
      const inks = drawInks(random, blobs.length);
      const input = paintBlobs(size, blobs, inks);
      return { input, output: cutOut(input, blobs.at(which)!.box) };
    };
  },
};

import { paintBlobs, placeBlobs } from "../blobs.ts";
import { cutOut } from "../boxes.ts";
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
      const blobs = placeBlobs(random, size, [random.int(2, sides.max)]);
      if (!blobs) return undefined;
      const input = paintBlobs(size, blobs, [drawInk(random, colour)]);
      const output = paintBlobs(size, blobs, [colour]);
      return { input, output: cutOut(output, blobs[0]!.box) };
    };
  },
};

import { paintBlobs, placeBlobs } from "../blobs.ts";
import { cutOut } from "../boxes.ts";
import { drawInk, drawInksWith } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";

export const cropColour: Family = {
  name: "crop-colour",
  idea: "cut out the object of one colour",
  resizes: true,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const size = drawSize(random, sides);
      const inks = drawInksWith(random, Math.min(3, 1 + crowd(sides)), colour);
      const blobs = placeBlobs(
        random,
        size,
        inks.map(() => random.int(2, sides.max - 1)),
      );
      if (!blobs) return undefined;
      const input = paintBlobs(size, blobs, inks);
      return { input, output: cutOut(input, blobs[inks.indexOf(colour)]!.box) };
    };
  },
};

import { placeBlobs, stamp } from "../blobs.ts";
import { blank } from "../canvas.ts";
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
      for (let more = random.int(1, crowd(sides)); more > 1; more--)
        cells.push(random.int(1, colours.length));
      const blobs = placeBlobs(random, size, cells);
      if (!blobs) return undefined;
      const [input, output] = [blank(size), blank(size)];
      blobs.forEach(({ blob, box }, i) => {
        stamp(input, blob, box, plain);
        stamp(output, blob, box, colours[cells[i]! - 1]!);
      });
      return { input, output };
    };
  },
};

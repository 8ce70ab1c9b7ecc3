import { cutOut, drawBoxes, rimBox, shrink } from "../boxes.ts";
import { strew } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const window: Family = {
  name: "window",
  idea: "cut out what stands inside the frame of one colour, with or without the frame",
  resizes: true,
  rule(random, sides) {
    const colour = drawInk(random);
    const rim = random.int(0, 1);
    return (random) => {
      const size = drawSize(random, sides);
      const [frame] = drawBoxes(random, size, 1) ?? [];
      if (!frame) return undefined;
      const input = strew(random, size, drawInks(random, 2, colour), 0.5);
      rimBox(input, frame, colour);
      return { input, output: cutOut(input, shrink(frame, rim)) };
    };
  },
};

import { blank } from "../canvas.ts";
import { drawInk, drawInks } from "../colours.ts";
import type { Family } from "../family.ts";
import { crowd, drawSize } from "../sizes.ts";
import { drawStretches } from "../stretches.ts";
import { axisViews } from "../views.ts";

export const connect: Family = {
  name: "connect",
  idea: "join every two points of one colour by a line",
  resizes: false,
  heldOut: true,
  rule(random, sides) {
    const colour = drawInk(random);
    return (random) => {
      const view = random.pick(axisViews);
      const size = drawSize(random, sides);
      const [input, output] = [blank(size), blank(size)];
      const stretches = drawStretches(random, size, crowd(sides), { min: 3, max: sides.max });
      const inks = drawInks(random, stretches.length, colour);
      stretches.forEach(({ row, from, to }, i) => {
        output[row]!.fill(colour, from, to);
        for (const column of [from, to]) input[row]![column] = output[row]![column] = inks[i]!;
      });
      return { input: view(input), output: view(output) };
    };
  },
};

import { strew } from "../canvas.ts";
import { countColour, drawInks, hasColours } from "../colours.ts";
import type { Family } from "../family.ts";
import { drawSize } from "../sizes.ts";

export const majority: Family = {
  name: "majority",
  idea: "give the colour that has the most, or the fewest, cells",
  resizes: true,
  rule(random, sides) {
    const sign = random.pick([1, -1]);
    return (random) => {
      const [often = 0, seldom = 0, rare = 0] = drawInks(random, 3);
      const input = strew(random, drawSize(random, sides), [often, often, often, seldom, seldom, rare], 1);
      const counts = [often, seldom, rare].map((colour) => ({
        colour,
        count: sign * countColour(input, colour),
      }));
      const [first, second] = counts.sort((a, b) => b.count - a.count);
      if (first!.count === second!.count || !hasColours(input, often, seldom, rare)) return undefined;
      return { input, output: [[first!.colour]] };
    };
  },
};

import { stretch, strewAny } from "../canvas.ts";
import type { Family } from "../family.ts";
import { drawFactors, drawShare } from "../sizes.ts";

export const scaleUp: Family = {
  name: "scale-up",
  idea: "stretch the grid by whole factors in height and width",
  resizes: true,
  rule(random, sides) {
    const [tall, wide] = drawFactors(random);
    return (random) => {
      const size = { rows: drawShare(random, sides, tall), columns: drawShare(random, sides, wide) };
      const input = strewAny(random, size, 0.5);
      return { input, output: stretch(input, tall, wide) };
    };
  },
};

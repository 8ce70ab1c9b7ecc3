import type { Random } from "../core/random.ts";
import { lineNumbers, type Size } from "./sizes.ts";

/** A stretch of one row, both ends included. */
export interface Stretch {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Up to `most` stretches of `min` to `max` cells, each in a row of its own. */
export const drawStretches = (
  random: Random,
  size: Size,
  most: number,
  { min, max }: { min: number; max: number },
): Stretch[] =>
  random.sample(lineNumbers(size.rows), random.int(1, Math.min(most, size.rows))).map((row) => {
    const length = random.int(min, Math.min(max, size.columns));
    const from = random.int(0, size.columns - length);
    return { row, from, to: from + length - 1 };
  });

import type { Random } from "../core/random.ts";
import type { Sides } from "./family.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export const drawSide = (random: Random, { min, max }: Sides): number => random.int(min, max);

/** Height and width, each on its own. */
export const drawSize = (random: Random, sides: Sides): Size => ({
  rows: drawSide(random, sides),
  columns: drawSide(random, sides),
});

/** A size that is not square, so that a quarter turn shows. */
export function drawOblong(random: Random, sides: Sides): Size {
  const size = drawSize(random, sides);
  return size.rows === size.columns ? drawOblong(random, sides) : size;
}

/** A side that fits the level once it is multiplied by `factor`; at least 2. */
export const drawShare = (random: Random, { min, max }: Sides, factor: number): number =>
  random.int(Math.max(2, Math.ceil(min / factor)), Math.floor(max / factor));

/** A side that is a multiple of `factor`. */
export const drawMultiple = (random: Random, { min, max }: Sides, factor: number): number =>
  factor * random.int(Math.ceil(min / factor), Math.floor(max / factor));

/** How often a grid is taken in height and in width; what fits twice into the smallest level. */
export const drawFactors = (random: Random): readonly [tall: number, wide: number] =>
  random.pick([
    [2, 2],
    [1, 2],
    [2, 1],
    [1, 3],
    [3, 1],
  ]);

/** The numbers of a side's lines: 0, 1, 2 ... */
export const lineNumbers = (side: number): number[] => [...Array(side).keys()];

/** How many objects a grid of the level may hold: 1, 3 or 5. */
export const crowd = ({ max }: Sides): number => Math.floor(max / 4);

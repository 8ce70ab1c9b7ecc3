import { copyGrid } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { blank } from "./canvas.ts";
import { drawInk } from "./colours.ts";
import type { Family } from "./family.ts";
import { crowd, drawSize, type Size } from "./sizes.ts";
import { type Step, shoot } from "./steps.ts";

export interface Point {
  readonly row: number;
  readonly column: number;
}

/** Up to `most` points, no two of which share a row, a column or a diagonal. */
export function drawPoints(random: Random, size: Size, most: number): Point[] {
  const points: Point[] = [];
  for (let left = random.int(1, most); left > 0; left--) {
    const [row, column] = [random.int(0, size.rows - 1), random.int(0, size.columns - 1)];
    const clear = points.every((other) => {
      const [down, right] = [Math.abs(row - other.row), Math.abs(column - other.column)];
      return down && right && down !== right;
    });
    if (clear) points.push({ row, column });
  }
  return points;
}

/** A blank grid with a dot on each point, in any colours but those in `not`. */
export function paintPoints(
  random: Random,
  size: Size,
  points: readonly Point[],
  ...not: number[]
): number[][] {
  const grid = blank(size);
  for (const { row, column } of points) grid[row]![column] = drawInk(random, ...not);
  return grid;
}

/** The rule of drawing a line from every point, in its colour, along one hidden step out of `steps`. */
export const rayRule =
  (steps: readonly Step[]): Family["rule"] =>
  (random, sides) => {
    const step = random.pick(steps);
    return (random) => {
      const size = drawSize(random, sides);
      const points = drawPoints(random, size, 1 + crowd(sides));
      const input = paintPoints(random, size, points);
      const output = copyGrid(input);
      for (const { row, column } of points) shoot(output, row, column, step, input[row]![column]!);
      return { input, output };
    };
  };

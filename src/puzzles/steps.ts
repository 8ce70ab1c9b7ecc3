import { BACKGROUND } from "../arc/grid.ts";

/** One cell down and one to the right, or the like. */
export type Step = readonly [down: number, right: number];

export const STRAIGHT: readonly Step[] = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
];

export const DIAGONAL: readonly Step[] = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];

/** Colours a cell, if it is inside the grid and still background. */
export function dab(grid: number[][], row: number, column: number, colour: number): void {
  if (grid[row]?.[column] === BACKGROUND) grid[row]![column] = colour;
}

/** Dabs the cells from beside (row, column) on to the wall. */
export function shoot(
  grid: number[][],
  row: number,
  column: number,
  [down, right]: Step,
  colour: number,
): void {
  for (let r = row + down, c = column + right; grid[r]?.[c] !== undefined; r += down, c += right) {
    dab(grid, r, c, colour);
  }
}

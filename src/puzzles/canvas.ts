import { BACKGROUND, type Grid, height, makeGrid, width } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { drawInks } from "./colours.ts";
import type { Size } from "./sizes.ts";

export const blank = ({ rows, columns }: Size, colour = BACKGROUND): number[][] =>
  makeGrid(rows, columns, () => colour);

/** Cells strewn at random: each is coloured with probability `density`, in any of `inks`. */
export const strew = (
  random: Random,
  { rows, columns }: Size,
  inks: readonly number[],
  density = 0.4,
): number[][] => makeGrid(rows, columns, () => (random.chance(density) ? random.pick(inks) : BACKGROUND));

/** A grid strewn in two to four colours: the input of rules that look at no object. */
export const strewAny = (random: Random, size: Size, density = 0.4): number[][] =>
  strew(random, size, drawInks(random, random.int(2, 4)), density);

/** Every cell becomes a block of `tall` x `wide` cells. */
export const stretch = (grid: Grid, tall: number, wide: number): number[][] =>
  makeGrid(
    height(grid) * tall,
    width(grid) * wide,
    (r, c) => grid[Math.floor(r / tall)]![Math.floor(c / wide)]!,
  );

export const beside = (left: Grid, right: Grid): number[][] => left.map((line, r) => [...line, ...right[r]!]);

export const above = (top: Grid, bottom: Grid): number[][] => [...top, ...bottom].map((line) => [...line]);

export function eachCell(grid: Grid, visit: (colour: number, row: number, column: number) => void): void {
  grid.forEach((line, r) => {
    line.forEach((colour, c) => {
      visit(colour, r, c);
    });
  });
}

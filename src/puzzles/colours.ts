import { COLOURS, type Grid } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";

/** Every colour but the background. */
export const INKS: readonly number[] = Array.from({ length: COLOURS - 1 }, (_, i) => i + 1);

/** One colour other than the background and those in `not`. */
export function drawInk(random: Random, ...not: readonly number[]): number {
  const ink = random.pick(INKS);
  return not.includes(ink) ? drawInk(random, ...not) : ink;
}

/** `count` different colours, none of them in `not`. */
export const drawInks = (random: Random, count: number, ...not: readonly number[]): number[] =>
  random.sample(not.length ? INKS.filter((ink) => !not.includes(ink)) : INKS, count);

/** `count` different colours, all of `including` among them. */
export function drawInksWith(random: Random, count: number, ...including: readonly number[]): number[] {
  const inks = random.sample(INKS, count);
  return including.every((ink) => inks.includes(ink)) ? inks : drawInksWith(random, count, ...including);
}

export const countColour = (grid: Grid, colour: number): number =>
  grid.reduce((sum, line) => sum + line.reduce((n, cell) => n + Number(cell === colour), 0), 0);

export const hasColours = (grid: Grid, ...colours: readonly number[]): boolean =>
  colours.every((colour) => grid.some((line) => line.includes(colour)));

import { type Grid, height, makeGrid, mapGrid, width } from "../../arc/grid.ts";
import { applySymmetry, invertSymmetry, type Symmetry } from "../../arc/symmetry.ts";
import type { Pair } from "../../arc/task.ts";

/** What a hidden rule may be. */
export type Guess = (grid: Grid) => Grid;
/** All that a family's rule may be, given its demonstrations. */
export type Solver = (demonstrations: readonly Pair[]) => Guess[];

export const colours = [...Array(10).keys()];
export const symmetry =
  (name: Symmetry): Guess =>
  (grid) =>
    applySymmetry(name, grid);
export const seen =
  (name: Symmetry, guess: Guess): Guess =>
  (grid) =>
    applySymmetry(invertSymmetry(name), guess(applySymmetry(name, grid)));
/** A rule for the top edge, tried on all four. */
export const edges = (guess: Guess): Guess[] =>
  (["identity", "rotate90", "rotate180", "rotate270"] as const).map((turn) => seen(turn, guess));
/** A rule for rows, tried on columns too. */
export const axes = (guess: Guess): Guess[] =>
  (["identity", "transpose"] as const).map((name) => seen(name, guess));
export const each = <T>(items: readonly T[], guess: (item: T) => Guess | Guess[]): Guess[] =>
  items.flatMap(guess);
export const always =
  (...guesses: Guess[]): Solver =>
  () =>
    guesses;
export const perColour = (guess: (colour: number) => Guess | Guess[]): Solver =>
  always(...each(colours, guess));

export const cells = (grid: Grid) =>
  grid.flatMap((line, r) => line.map((colour, c) => ({ r, c, colour }))).filter(({ colour }) => colour);
export const countOf = (grid: Grid, colour: number) => grid.flat().filter((cell) => cell === colour).length;
export const cut = (grid: Grid, top: number, left: number, bottom: number, right: number): Grid =>
  grid.slice(top, bottom + 1).map((line) => line.slice(left, right + 1));
export const around = (points: readonly { r: number; c: number }[]) => {
  const [rows, columns] = [points.map(({ r }) => r), points.map(({ c }) => c)];
  return [Math.min(...rows), Math.min(...columns), Math.max(...rows), Math.max(...columns)] as const;
};
export const cutAround = (grid: Grid, colour: number) =>
  cut(grid, ...around(cells(grid).filter((cell) => cell.colour === colour)));
/** Colours the background wherever some coloured cell says so. */
export const paint =
  (colour: number | "own", reaches: (down: number, right: number) => boolean): Guess =>
  (grid) =>
    mapGrid(grid, (cell, r, c) => {
      const from = cells(grid).find((other) => reaches(r - other.r, c - other.c));
      return cell || !from ? cell : colour === "own" ? from.colour : colour;
    });
/** Numbers the connected regions of cells for which `inside` holds. */
export function regions(grid: Grid, inside: (colour: number) => boolean): number[][] {
  const mark = mapGrid(grid, () => 0);
  let next = 0;
  const flood = (r: number, c: number, id: number): void => {
    if (mark[r]?.[c] !== 0 || !inside(grid[r]![c]!)) return;
    mark[r]![c] = id;
    for (const [down, right] of [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ] as const)
      flood(r + down, c + right, id);
  };
  mapGrid(grid, (_, r, c) => {
    if (mark[r]![c] === 0 && inside(grid[r]![c]!)) flood(r, c, ++next);
    return 0;
  });
  return mark;
}
export const surround = (grid: Grid, colour: number): Grid =>
  makeGrid(height(grid) + 2, width(grid) + 2, (r, c) => grid[r - 1]?.[c - 1] ?? colour);
export const stretched =
  (tall: number, wide: number): Guess =>
  (grid) =>
    grid.flatMap((line) => Array(tall).fill(line.flatMap((cell) => Array(wide).fill(cell))));
/** The colours of the objects, the largest object first. */
export const bySize = (grid: Grid) =>
  [...new Set(cells(grid).map(({ colour }) => colour))].sort((a, b) => countOf(grid, b) - countOf(grid, a));
export const factors = [1, 2, 3].flatMap((tall) => [1, 2, 3].map((wide) => [tall, wide] as const));
export const steps = [-1, 1].flatMap((down) => [-1, 1].map((right) => [down, right] as const));
export const ink = (colour: number) => (cell: number) => (cell ? colour : 0);
export const mirrorDown = (grid: Grid) => [...grid, ...[...grid].reverse()];
export const mirrorRight: Guess = (grid) => grid.map((line) => [...line, ...[...line].reverse()]);
export const empty = (line: readonly number[]) => line.every((cell) => cell === 0);

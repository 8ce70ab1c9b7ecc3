/** A grid of colours 0-9, row by row, 1 to 30 cells a side. */
export type Grid = readonly (readonly number[])[];

export const MAX_SIDE = 30;
export const COLOURS = 10;
export const COLOUR_IDS: readonly number[] = Array.from({ length: COLOURS }, (_, id) => id);
export const BACKGROUND = 0;

export const height = (grid: Grid): number => grid.length;
export const width = (grid: Grid): number => grid[0]!.length;
export const area = (grid: Grid): number => height(grid) * width(grid);

/** A new grid of `rows` x `columns` whose cells are `cell(row, column)`. */
export const makeGrid = (
  rows: number,
  columns: number,
  cell: (row: number, column: number) => number,
): number[][] =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => cell(r, c)));

export const mapGrid = (grid: Grid, f: (colour: number, row: number, column: number) => number): number[][] =>
  grid.map((line, r) => line.map((colour, c) => f(colour, r, c)));

export const copyGrid = (grid: Grid): number[][] => grid.map((line) => [...line]);

export const sameSize = (a: Grid, b: Grid): boolean => height(a) === height(b) && width(a) === width(b);

export const equalGrids = (a: Grid, b: Grid): boolean =>
  sameSize(a, b) && a.every((line, r) => line.every((colour, c) => colour === b[r]![c]));

/** The colour that there is most of; the lowest of equals. */
export function commonest(colours: Iterable<number>): number {
  const counts = new Array<number>(COLOURS).fill(0);
  for (const colour of colours) counts[colour]!++;
  return counts.indexOf(Math.max(...counts));
}

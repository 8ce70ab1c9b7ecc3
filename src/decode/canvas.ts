// The canvas of the jigsaw family: a grid of known size whose cells are open or committed.
import type { Grid } from "../arc/grid.ts";
import { canvasTokens, cellIndex, TOKEN, type Token } from "../arc/tokens.ts";
import { best, type Choice, colourDistribution } from "./distribution.ts";

export interface Canvas {
  readonly rows: number;
  readonly columns: number;
  /** The token of each cell, row by row; the mask token while it is open. */
  readonly cells: number[];
}

export const openCanvas = (rows: number, columns: number): Canvas => ({
  rows,
  columns,
  cells: new Array<number>(rows * columns).fill(TOKEN.mask),
});

export const canvasInput = ({ rows, columns, cells }: Canvas, grid: number): Token[] =>
  canvasTokens(rows, columns, grid, (r, c) => cells[r * columns + c]!);

/** The best colour of every cell, from the logits of the canvas's tokens. */
export const cellChoices = ({ rows, columns }: Canvas, logits: Float32Array, vocabulary: number): Choice[] =>
  Array.from({ length: rows * columns }, (_, i) => {
    const index = cellIndex(Math.floor(i / columns), i % columns, columns);
    return best(colourDistribution(logits, vocabulary, index));
  });

export const canvasGrid = ({ rows, columns, cells }: Canvas): Grid =>
  Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns));

/** The grid with one cell changed. */
export const withCell = (grid: Grid, cell: number, colour: number): Grid => {
  const columns = grid[0]!.length;
  return grid.map((line, r) => line.map((old, c) => (r * columns + c === cell ? colour : old)));
};

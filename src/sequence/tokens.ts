// Grids as tokens, one per cell. Both families of decoders read and write them.
//
//   begin (input-mark h w row-of-cells row-end ... output-mark h w row-of-cells row-end ...)*
//         input-mark h w ... row-end output-mark | h w ... row-end end
//
// The bar is where the prompt stops and the answer starts.

import { COLOURS, type Grid, height, MAX_SIDE, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";

/** Token ids. Colours are their own ids, 0 to 9. */
export const TOKEN = {
  rowEnd: 10,
  input: 11,
  output: 12,
  pad: 13,
  begin: 14,
  end: 15,
  mask: 16,
  /** Sizes 1 to 30 are `sizeBase` + 1 to `sizeBase` + 30. */
  sizeBase: 16,
  backspace: 47,
  /** Operations on a draft (see edit-grammar.ts). */
  edit: 48,
  keep: 49,
  set: 50,
  write: 51,
  deleteRows: 52,
  insertRows: 53,
  deleteColumns: 54,
  insertColumns: 55,
} as const;

/** Ids in use, and room for more. */
export const VOCABULARY = 64;

/**
 * The position of a token. Cells count rows and columns from 1, from the top left and (`below`, `right`) from the bottom
 * right; a grid's mark and sizes stand in row 0, and a token outside every grid has 0 everywhere.
 */
export interface GridPosition {
  /** 1 for the first demonstration's input, 2 for its output, and so on. */
  readonly grid: number;
  readonly row: number;
  readonly column: number;
  readonly below: number;
  readonly right: number;
}

export interface Token {
  readonly id: number;
  readonly place: GridPosition;
}

export const sizeToken = (side: number): number => TOKEN.sizeBase + side;
export const sideOf = (id: number): number => id - TOKEN.sizeBase;
export const isSize = (id: number): boolean => id > TOKEN.sizeBase && id <= TOKEN.sizeBase + MAX_SIDE;

/** The position of a grid's mark (column 0), of its sizes (1 and 2) and of the token after the grid (3). */
export const headerPosition = (grid: number, column: number): GridPosition => ({
  grid,
  row: 0,
  column,
  below: 0,
  right: 0,
});

/** The position of a cell (or, after the last column, a row end) of a canvas; rows and columns count from 1. */
export const cellPosition = (
  grid: number,
  row: number,
  column: number,
  rows: number,
  columns: number,
): GridPosition => ({
  grid,
  row,
  column,
  below: rows + 1 - row,
  right: columns + 1 - column,
});

/** The positions of a canvas's tokens, in their order: height, width, then rows, each closed by its row end. */
export function gridPositions(rows: number, columns: number, grid: number): GridPosition[] {
  const positions = [headerPosition(grid, 1), headerPosition(grid, 2)];
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns + 1; column++) {
      positions.push(cellPosition(grid, row, column, rows, columns));
    }
  }
  return positions;
}

/** A grid's tokens without its mark: height, width, cells and row ends. `cell` gives the id of each cell. */
export function canvasTokens(
  rows: number,
  columns: number,
  grid: number,
  cell: (row: number, column: number) => number,
): Token[] {
  const ids = [sizeToken(rows), sizeToken(columns)];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) ids.push(cell(r, c));
    ids.push(TOKEN.rowEnd);
  }
  return gridPositions(rows, columns, grid).map((place, i) => ({ id: ids[i]!, place }));
}

/** The number of tokens of a canvas: two sizes, the cells and the row ends. */
export const canvasLength = (rows: number, columns: number): number => 2 + rows * (columns + 1);

/** The index of a cell among the tokens of its canvas. */
export const cellIndex = (row: number, column: number, columns: number): number =>
  2 + row * (columns + 1) + column;

/** The same for a cell by its row-major number. */
export const nthCellIndex = (cell: number, columns: number): number =>
  cellIndex(Math.floor(cell / columns), cell % columns, columns);

export const gridTokens = (grid: Grid, index: number): Token[] =>
  canvasTokens(height(grid), width(grid), index, (r, c) => grid[r]![c]!);

export const markToken = (id: number, grid: number): Token => ({ id, place: headerPosition(grid, 0) });
export const beginToken: Token = markToken(TOKEN.begin, 0);
export const endToken = (grid: number): Token => ({ id: TOKEN.end, place: headerPosition(grid, 3) });

/** The masked token whose prediction is a size: at the height's position, or (after the height) at the width's. */
export const sizeSlot = (which: "height" | "width", grid: number): Token => ({
  id: TOKEN.mask,
  place: headerPosition(grid, which === "height" ? 1 : 2),
});

/** The number of the grid that answers a task with so many demonstrations. */
export const answerGrid = (demonstrations: number): number => 2 * demonstrations + 2;

/** The tokens of a demonstration's or the test's pair: marks and grids; no output's tokens where there is none. */
function pairTokens(input: Grid, output: Grid | undefined, grid: number): Token[] {
  return [
    markToken(TOKEN.input, grid),
    ...gridTokens(input, grid),
    markToken(TOKEN.output, grid + 1),
    ...(output ? gridTokens(output, grid + 1) : []),
  ];
}

/** Compares by the first token that differs, then by length. */
function compareTokens(a: readonly Token[], b: readonly Token[]): number {
  const at = a.findIndex((token, i) => token.id !== b[i]?.id);
  return at < 0 ? a.length - b.length : a[at]!.id - (b[at]?.id ?? -1);
}

/**
 * The prompt of one test input: demonstrations, the input, and the mark that opens the answer. In "fragments" every
 * demonstration has the same places, and they stand in an order of their own, so that the order given leaves no trace.
 */
export function promptTokens(task: Task, test = 0, layout: "sequence" | "fragments" = "sequence"): Token[] {
  const apart = layout === "fragments";
  const demonstrations = task.train.map(({ input, output }, i) =>
    pairTokens(input, output, apart ? 1 : 2 * i + 1),
  );
  if (apart) demonstrations.sort(compareTokens);
  const asked = pairTokens(task.test[test]!.input, undefined, answerGrid(apart ? 1 : task.train.length) - 1);
  return [beginToken, ...demonstrations.flat(), ...asked];
}

/** The demonstration that each token of a prompt belongs to, from 1; the test's is the last; 0 for the begin token. */
export function fragmentsOf(tokens: readonly Token[]): number[] {
  let fragment = 0;
  return tokens.map(({ id }) => {
    if (id === TOKEN.input) fragment++;
    return fragment;
  });
}

/** For each token of a prompt, the index after its grid's last token; marks stand alone. */
export function gridEnds(tokens: readonly Token[]): number[] {
  const ends = new Array<number>(tokens.length);
  for (let i = tokens.length - 1; i >= 0; i--) {
    const next = tokens[i + 1];
    const alone =
      tokens[i]!.id === TOKEN.input || tokens[i]!.id === TOKEN.output || tokens[i]!.id === TOKEN.begin;
    ends[i] = !alone && next?.place.grid === tokens[i]!.place.grid ? ends[i + 1]! : i + 1;
  }
  return ends;
}

/** The tokens of an answer, closed by the end token. */
export const answerTokens = (grid: Grid, index: number): Token[] => [
  ...gridTokens(grid, index),
  endToken(index),
];

/** Reads a canvas back: ids of height, width, cells and row ends (what follows is ignored). */
export function readGrid(ids: readonly number[]): Grid {
  const [rows, columns] = [ids[0], ids[1]];
  if (rows === undefined || columns === undefined || !isSize(rows) || !isSize(columns)) {
    throw new JigsawError(
      "bad-task",
      `a grid's tokens start with [${ids.slice(0, 2)}], which are not two sizes`,
    );
  }
  return Array.from({ length: sideOf(rows) }, (_, r) =>
    Array.from({ length: sideOf(columns) }, (_, c) => {
      const id = ids[cellIndex(r, c, sideOf(columns))];
      if (id === undefined || id >= COLOURS) {
        throw new JigsawError("bad-task", `cell (${r}, ${c}) holds token ${id}, which is no colour`);
      }
      return id;
    }),
  );
}

// A canvas that a person works on: cells are painted, erased and locked. Pure; every change gives a new canvas.
import { TOKEN } from "../../../sequence/tokens.ts";
import { isOpen } from "../colours.ts";

export interface TouchCanvas {
  readonly rows: number;
  readonly columns: number;
  /** Colours or the mask token, row by row. */
  readonly cells: readonly number[];
  /** Cells that the model must leave as they are, in ascending order. */
  readonly locked: readonly number[];
}

export const openCanvas = (rows: number, columns: number): TouchCanvas => ({
  rows,
  columns,
  cells: new Array<number>(rows * columns).fill(TOKEN.mask),
  locked: [],
});

const withLocks = (canvas: TouchCanvas, locked: ReadonlySet<number>): TouchCanvas => ({
  ...canvas,
  locked: [...locked].sort((a, b) => a - b),
});

/** Painted cells are the person's own, so they are locked. */
export function paint(canvas: TouchCanvas, cells: readonly number[], colour: number): TouchCanvas {
  const painted = [...canvas.cells];
  for (const cell of cells) painted[cell] = colour;
  return withLocks({ ...canvas, cells: painted }, new Set([...canvas.locked, ...cells]));
}

export function erase(canvas: TouchCanvas, cells: readonly number[]): TouchCanvas {
  const opened = [...canvas.cells];
  for (const cell of cells) opened[cell] = TOKEN.mask;
  const gone = new Set(cells);
  return withLocks({ ...canvas, cells: opened }, new Set(canvas.locked.filter((cell) => !gone.has(cell))));
}

/** Locks what is filled; where all of that is locked already, unlocks it. */
export function toggleLock(canvas: TouchCanvas, cells: readonly number[]): TouchCanvas {
  const filled = cells.filter((cell) => !isOpen(canvas.cells[cell]!));
  const locked = new Set(canvas.locked);
  const all = filled.every((cell) => locked.has(cell));
  for (const cell of filled) {
    if (all) locked.delete(cell);
    else locked.add(cell);
  }
  return withLocks(canvas, locked);
}

export const sameCanvas = (a: TouchCanvas, b: TouchCanvas): boolean =>
  a.rows === b.rows &&
  a.columns === b.columns &&
  a.cells.every((value, cell) => value === b.cells[cell]) &&
  a.locked.length === b.locked.length &&
  a.locked.every((cell, i) => cell === b.locked[i]);

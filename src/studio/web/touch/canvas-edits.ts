// A canvas that a person works on: cells are painted, erased and locked. Pure; every change gives a new canvas.
import { OPEN, sameShape, type Template } from "../../../decode/frames.ts";
import { isOpen } from "../components/labels.ts";

const withLocks = (canvas: Template, locked: ReadonlySet<number>): Template => ({
  ...canvas,
  locked: [...locked].sort((a, b) => a - b),
});

/** Painted cells are the person's own, so they are locked. */
export function paint(canvas: Template, cells: readonly number[], colour: number): Template {
  const painted = [...canvas.slots];
  for (const cell of cells) painted[cell] = colour;
  return withLocks({ ...canvas, slots: painted }, new Set([...canvas.locked, ...cells]));
}

/** Opens cells, and unlocks them. */
export function erase(canvas: Template, cells: readonly number[]): Template {
  const opened = [...canvas.slots];
  for (const cell of cells) opened[cell] = OPEN;
  const gone = new Set(cells);
  return withLocks({ ...canvas, slots: opened }, new Set(canvas.locked.filter((cell) => !gone.has(cell))));
}

/** Locks what is filled; where all of that is locked already, unlocks it. */
export function toggleLock(canvas: Template, cells: readonly number[]): Template {
  const filled = cells.filter((cell) => !isOpen(canvas.slots[cell]!));
  const locked = new Set(canvas.locked);
  const all = filled.every((cell) => locked.has(cell));
  for (const cell of filled) {
    if (all) locked.delete(cell);
    else locked.add(cell);
  }
  return withLocks(canvas, locked);
}

/** Whether two canvases are equal, locks included. */
export const sameCanvas = (a: Template, b: Template): boolean =>
  sameShape(a, b) &&
  a.slots.every((value, cell) => value === b.slots[cell]) &&
  a.locked.length === b.locked.length &&
  a.locked.every((cell, i) => cell === b.locked[i]);

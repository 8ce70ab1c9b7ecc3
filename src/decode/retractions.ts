// What taking cells back was good for, read off the frames and the known answer.
import { COLOURS, type Grid, height, width } from "../arc/grid.ts";
import type { Frame } from "./frames.ts";

export interface Retractions {
  /** How often a committed cell lost its colour: it was opened again, or written over with another colour. */
  readonly retracted: number;
  /** How often a wrong cell came out right. */
  readonly fixed: number;
  /** How often a right cell came out wrong. */
  readonly broken: number;
}

/**
 * Counts what the cells that were taken back became. A cell that was opened is judged by the colour it is given next;
 * where the canvas changes its size, or has not the answer's, there is nothing to compare.
 */
export function countRetractions(frames: readonly Frame[], answer: Grid): Retractions {
  const count = { retracted: 0, fixed: 0, broken: 0 };
  /** The last colour of each cell, kept while it is open. */
  let last: (number | undefined)[] = [];
  let before: Frame | undefined;
  for (const frame of frames) {
    const { rows, columns, cells } = frame;
    if (before?.rows !== rows || before.columns !== columns) [last, before] = [[], undefined];
    const comparable = rows === height(answer) && columns === width(answer);
    for (const [cell, colour] of cells.entries()) {
      const visible = before !== undefined && before.cells[cell]! < COLOURS;
      if (visible && before!.cells[cell] !== colour) count.retracted++;
      if (colour >= COLOURS) continue;
      const was = last[cell];
      last[cell] = colour;
      if (!comparable || was === undefined || was === colour) continue;
      const right = answer[Math.floor(cell / columns)]![cell % columns]!;
      if (colour === right) count.fixed++;
      else if (was === right) count.broken++;
    }
    before = frame;
  }
  return count;
}

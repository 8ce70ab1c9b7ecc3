// What taking cells back was good for, read off the frames and the known answer.
import { type Grid, height, width } from "../arc/grid.ts";
import { type Frame, OPEN, sameShape } from "./frames.ts";

/** How often cells were taken back, and how that turned out. */
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
  const [wanted, shape] = [answer.flat(), [height(answer), width(answer)]];
  /** What each slot held last, kept while it is open. */
  let last: (number | undefined)[] = [];
  let before: Frame | undefined;
  for (const frame of frames) {
    if (!before || !sameShape(before, frame)) [last, before] = [[], undefined];
    const comparable = sameShape(frame, { shape });
    for (const [slot, id] of frame.slots.entries()) {
      const visible = before !== undefined && before.slots[slot] !== OPEN;
      if (visible && before!.slots[slot] !== id) count.retracted++;
      if (id === OPEN) continue;
      const was = last[slot];
      last[slot] = id;
      if (!comparable || was === undefined || was === id) continue;
      if (id === wanted[slot]) count.fixed++;
      else if (was === wanted[slot]) count.broken++;
    }
    before = frame;
  }
  return count;
}

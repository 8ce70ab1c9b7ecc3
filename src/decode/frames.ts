// What a decoder shows while it works. Terminal, page, picture and trace read frames and nothing else.
import { TOKEN } from "../sequence/tokens.ts";

/** The whole canvas after a pass. Cells are numbered row by row. */
export interface Frame {
  /** Forward passes so far. */
  readonly pass: number;
  readonly rows: number;
  readonly columns: number;
  /** The token of each cell: a colour, or the mask token while the cell is open. */
  readonly cells: readonly number[];
  /** For each cell the probability of its colour (of the likeliest one, while the cell is open). */
  readonly confidence: readonly number[];
  /** Cells that this pass committed. */
  readonly committed: readonly number[];
  /** Cells that this pass took back. */
  readonly retracted: readonly number[];
  /** Choices of this pass that were decided by less than 1e-4: where rounding alone could have chosen otherwise. */
  readonly close: number;
}

/** Choices nearer than this count as close. */
export const CLOSE = 1e-4;

/** The cells that changed from one canvas shown to the next: those filled or filled otherwise, and those taken back. */
export function changes(
  before: readonly number[],
  after: readonly number[],
): { committed: number[]; retracted: number[] } {
  const changed = [...after.keys()].filter((cell) => before[cell] !== after[cell]);
  return {
    committed: changed.filter((cell) => after[cell] !== TOKEN.mask),
    retracted: changed.filter((cell) => before[cell] !== TOKEN.mask),
  };
}

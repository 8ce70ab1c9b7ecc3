import { newLedger } from "../../../engine/ledger.ts";
import type { Shot } from "../recording.ts";

/** A shot of one row of cells, so many milliseconds after the beginning. */
export const shot = (
  pass: number,
  ms = pass * 10,
  cells: readonly number[] = [1],
  retracted: readonly number[] = [],
): Shot => ({
  frame: {
    pass,
    rows: 1,
    columns: cells.length,
    cells,
    confidence: cells.map(() => 0.5),
    committed: [],
    retracted,
    close: 0,
  },
  ledger: { ...newLedger(), passes: pass, promptMs: ms / 2, decodeMs: ms / 2 },
});

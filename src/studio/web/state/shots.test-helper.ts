import { newLedger } from "../../../engine/ledger.ts";
import type { Shot } from "./recording.ts";

/** A shot of one row of slots, so many milliseconds after the beginning. */
export const shot = (
  pass: number,
  ms = pass * 10,
  slots: readonly number[] = [1],
  retracted: readonly number[] = [],
): Shot => ({
  frame: {
    pass,
    shape: [1, slots.length],
    slots,
    confidence: slots.map(() => 0.5),
    committed: [],
    retracted,
    ties: 0,
  },
  ledger: { ...newLedger(), passes: pass, promptMs: ms / 2, decodeMs: ms / 2 },
});

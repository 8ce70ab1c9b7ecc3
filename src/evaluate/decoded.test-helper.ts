// Outcomes of an arena for tests.
import { newLedger } from "../engine/ledger.ts";
import type { Outcome } from "./outcome.ts";

interface Decoded extends Partial<Pick<Outcome, "cells" | "found" | "accuracy" | "refused">> {
  readonly solved?: boolean;
  readonly passes?: number;
  readonly promptMs?: number;
  readonly decodeMs?: number;
  readonly retracted?: number;
  readonly fixed?: number;
}

/** A decoder's outcome on a puzzle: solved in ten passes, but for the changes. */
export function decoded(decoder: string, task: string, changes: Decoded = {}): Outcome {
  const { solved = true, cells = 9, found = true, accuracy = 1, refused } = changes;
  const { passes = 10, promptMs = 5, decodeMs = 20, retracted = 0, fixed = 0 } = changes;
  const decoding = { ...newLedger(), passes, positions: 100, pairs: 1000, promptMs, decodeMs };
  return {
    ...{ task, test: 0, decoder, outcome: refused ? "refused" : solved ? "right" : "wrong" },
    ...{ correct: solved, firstCorrect: solved, found, cells, wrongSize: refused ? null : false, accuracy },
    ...{ candidates: 1, ...(refused && { refused }), attempts: [] },
    ledger: { decoding, scoring: newLedger() },
    taskMilliseconds: promptMs + decodeMs,
    retractions: { retracted, fixed, broken: 0 },
  };
}

// The cost of an answer: every decoder books its passes and its time into a ledger.

export interface Ledger {
  /** Prompts encoded. */
  prompts: number;
  /** Forward passes. */
  passes: number;
  /** Positions computed, summed over passes. */
  positions: number;
  /** Pairs of query and key for which a score was computed, hidden ones too, summed over passes (of one head). */
  pairs: number;
  /** Milliseconds spent encoding prompts. */
  promptMs: number;
  /** Milliseconds spent on all else between prompt and answer. */
  decodeMs: number;
}

export type Phase = "prompt" | "decode";

export const newLedger = (): Ledger => ({
  prompts: 0,
  passes: 0,
  positions: 0,
  pairs: 0,
  promptMs: 0,
  decodeMs: 0,
});

/** Runs `work`, and books its time to a phase. */
export async function timed<T>(ledger: Ledger, phase: Phase, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    ledger[phase === "prompt" ? "promptMs" : "decodeMs"] += performance.now() - start;
  }
}

/** The sum of several ledgers. */
export function total(...ledgers: readonly Ledger[]): Ledger {
  const sum = newLedger();
  for (const ledger of ledgers)
    for (const name of Object.keys(sum) as (keyof Ledger)[]) sum[name] += ledger[name];
  return sum;
}

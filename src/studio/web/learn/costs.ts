// What answering costs under an attention pattern, by the same rules by which the ledger is kept: in each pass all
// tokens that are fed count as positions, and each of them times all keys (those kept, too) as pairs.
import { type PatternName, patterns } from "../../../sequence/attention-patterns.ts";

/** Tokens of a puzzle. */
export interface Lengths {
  readonly prompt: number;
  /** Of each demonstration, and of the test's part of the prompt. */
  readonly fragments: readonly number[];
  /** Of the answer. */
  readonly rows: number;
  readonly columns: number;
}

/** A sum over passes. */
export interface Cost {
  readonly passes: number;
  readonly positions: number;
  readonly pairs: number;
}

/** What a decoding costs, the prompt apart. */
export interface Costs {
  /** Of the prompt, before the answer. */
  readonly prompt: Cost;
  /** Of all passes over the answer. */
  readonly decode: Cost;
}

const NOTHING: Cost = { passes: 0, positions: 0, pairs: 0 };

/** A pass over some tokens that see themselves and what is kept. */
const pass = (tokens: number, kept = 0): Cost => ({
  passes: 1,
  positions: tokens,
  pairs: tokens * (kept + tokens),
});

/** The sum of costs. */
export const plus = (...costs: readonly Cost[]): Cost =>
  costs.reduce(
    (sum, cost) => ({
      passes: sum.passes + cost.passes,
      positions: sum.positions + cost.positions,
      pairs: sum.pairs + cost.pairs,
    }),
    NOTHING,
  );

const times = (count: number, { passes, positions, pairs }: Cost): Cost => ({
  passes: count * passes,
  positions: count * positions,
  pairs: count * pairs,
});

/** The prompt, kept: in one pass, or demonstration by demonstration where none sees another. */
function promptOnce(pattern: PatternName, { prompt, fragments }: Lengths): Cost {
  if (patterns[pattern].prompt !== "fragments") return pass(prompt);
  const test = fragments.at(-1)!;
  return plus(pass(1), ...fragments.slice(0, -1).map((length) => pass(length, 1)), pass(test, prompt - test));
}

/** The typewriter: a pass for each cell. The two sizes are fed with the first. */
function typed({ prompt, rows, columns }: Lengths, cached: boolean): Costs {
  let written = 0;
  const passes = Array.from({ length: rows * columns }, (_, cell) => {
    // Before a row's first cell the end of the last row is fed, too; before the first row, the two sizes are.
    const fed = cell % columns === 0 ? 2 : 1;
    const kept = prompt + written;
    written += fed;
    return cached ? pass(fed, kept) : pass(kept + fed);
  });
  return { prompt: cached ? pass(prompt) : NOTHING, decode: plus(...passes) };
}

/** Row by row, each in rounds; a finished row is computed once more and kept. The sizes go with the first row. */
function byRows({ prompt, rows, columns }: Lengths, rounds: number, cached: boolean): Costs {
  const each = Math.min(rounds, columns);
  const blocks = Array.from({ length: rows }, (_, row) => {
    const [from, to] = [row === 0 ? 0 : 2 + row * (columns + 1), 2 + (row + 1) * (columns + 1)];
    if (!cached) return times(each, pass(prompt + to));
    return times(each + Number(row < rows - 1), pass(to - from, prompt + from));
  });
  return { prompt: cached ? pass(prompt) : NOTHING, decode: plus(...blocks) };
}

/**
 * @param rounds in which the canvas (of `blocks`: each row) is filled; the typewriter takes a pass for each cell instead
 * @param cached whether what can be kept is kept
 */
export function costsOf(pattern: PatternName, lengths: Lengths, rounds: number, cached: boolean): Costs {
  const { answer, promptSeesAnswer } = patterns[pattern];
  if (answer === "causal") return typed(lengths, cached);
  if (answer === "blocks") return byRows(lengths, rounds, cached);
  const { prompt, rows, columns } = lengths;
  const canvas = 2 + rows * (columns + 1);
  const count = Math.min(rounds, rows * columns);
  if (!cached || promptSeesAnswer) return { prompt: NOTHING, decode: times(count, pass(prompt + canvas)) };
  return { prompt: promptOnce(pattern, lengths), decode: times(count, pass(canvas, prompt)) };
}

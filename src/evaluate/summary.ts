// What the results of an arena say of each decoder, and of each against the baseline.
import type { Result } from "./attempt.ts";
import { bootstrapMedian, mcnemar, mean, median, wilson } from "./statistics.ts";

type Interval = readonly [low: number, high: number];

/** Solved puzzles of some; rates are shares of one. */
export interface Solved {
  readonly puzzles: number;
  readonly solved: number;
  readonly rate: number | null;
  /** Wilson's 95 % interval of the rate. */
  readonly interval: Interval;
}

export interface Costs {
  /** Means over the puzzles that were not refused; null where all were. */
  readonly passes: number | null;
  readonly positions: number | null;
  readonly pairs: number | null;
  readonly decodeMs: { readonly median: number | null; readonly mean: number | null };
  readonly promptMs: { readonly median: number | null; readonly mean: number | null };
}

export interface SizeClass extends Solved, Costs {
  /** Of the answers' cells. */
  readonly size: string;
}

/** A decoder against the baseline, on the same puzzles. */
export interface Comparison {
  readonly baseline: string;
  readonly onlyThis: number;
  readonly onlyBaseline: number;
  /** McNemar's exact test, two-sided. */
  readonly p: number;
  /** The median over puzzles of this decoder's decoding time over the baseline's, with a bootstrap interval. */
  readonly timeRatio: { readonly median: number; readonly interval: Interval } | null;
}

export interface DecoderSummary extends Solved, Costs {
  readonly decoder: string;
  /** Puzzles for which any candidate is right. */
  readonly found: number;
  readonly refused: number;
  /** Mean share of the answer's cells. */
  readonly accuracy: number | null;
  readonly wrongSizes: number;
  readonly candidates: number | null;
  /** Cells that were taken back, over all puzzles, and what that changed. */
  readonly retracted: number;
  readonly fixed: number;
  readonly broken: number;
  readonly bySize: readonly SizeClass[];
  readonly versus: Comparison | null;
}

export const SIZE_CLASSES = [
  { size: "under 30 cells", from: 0, to: 29 },
  { size: "30 to 99 cells", from: 30, to: 99 },
  { size: "100 cells or more", from: 100, to: Number.POSITIVE_INFINITY },
] as const;

/** What is not a number is not known. */
export const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
const total = (results: readonly Result[], of: (result: Result) => number): number =>
  results.reduce((sum, result) => sum + of(result), 0);

function solvedOf(results: readonly Result[]): Solved {
  const [puzzles, solved] = [results.length, results.filter((result) => result.solved).length];
  return { puzzles, solved, rate: known(solved / puzzles), interval: wilson(solved, puzzles) };
}

function costsOf(results: readonly Result[]): Costs {
  const answered = results.filter(({ refused }) => refused === undefined);
  const column = (name: "passes" | "positions" | "pairs" | "decodeMs" | "promptMs") =>
    answered.map((result) => result[name]);
  const both = (values: readonly number[]) => ({ median: known(median(values)), mean: known(mean(values)) });
  return {
    passes: known(mean(column("passes"))),
    positions: known(mean(column("positions"))),
    pairs: known(mean(column("pairs"))),
    decodeMs: both(column("decodeMs")),
    promptMs: both(column("promptMs")),
  };
}

/** The results of two decoders on the same puzzles, in pairs. */
function pairUp(results: readonly Result[], baseline: readonly Result[]): [Result, Result][] {
  const keyOf = ({ task, test }: Result) => JSON.stringify([task, test]);
  const there = new Map(baseline.map((result) => [keyOf(result), result]));
  return results.flatMap((result): [Result, Result][] => {
    const other = there.get(keyOf(result));
    return other ? [[result, other]] : [];
  });
}

export function compare(results: readonly Result[], baseline: readonly Result[]): Comparison {
  const pairs = pairUp(results, baseline);
  const onlyThis = pairs.filter(([a, b]) => a.solved && !b.solved).length;
  const onlyBaseline = pairs.filter(([a, b]) => !a.solved && b.solved).length;
  const ratios = pairs
    .filter(([a, b]) => a.decodeMs > 0 && b.decodeMs > 0)
    .map(([a, b]) => a.decodeMs / b.decodeMs);
  return {
    baseline: baseline[0]?.decoder ?? "",
    onlyThis,
    onlyBaseline,
    p: mcnemar(onlyThis, onlyBaseline),
    timeRatio: ratios.length
      ? { median: median(ratios), interval: bootstrapMedian(ratios, results[0]!.decoder) }
      : null,
  };
}

/** Sums up results by decoder, in the given order of labels. Refused puzzles count as not solved. */
export function summarise(
  results: readonly Result[],
  labels: readonly string[],
  baseline: string,
): DecoderSummary[] {
  const of = (label: string) => results.filter(({ decoder }) => decoder === label);
  return labels.map((decoder) => {
    const own = of(decoder);
    const answered = own.filter(({ refused }) => refused === undefined);
    return {
      decoder,
      ...solvedOf(own),
      found: own.filter(({ found }) => found).length,
      refused: own.length - answered.length,
      accuracy: known(mean(own.map(({ accuracy }) => accuracy))),
      wrongSizes: own.filter(({ wrongSize }) => wrongSize).length,
      ...costsOf(own),
      candidates: known(mean(answered.map(({ candidates }) => candidates))),
      retracted: total(own, (result) => result.retracted),
      fixed: total(own, (result) => result.fixed),
      broken: total(own, (result) => result.broken),
      bySize: SIZE_CLASSES.map(({ size, from, to }) => {
        const some = own.filter(({ cells }) => cells >= from && cells <= to);
        return { size, ...solvedOf(some), ...costsOf(some) };
      }),
      versus: decoder === baseline ? null : compare(own, of(baseline)),
    };
  });
}

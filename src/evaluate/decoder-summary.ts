// Summarises an arena: solve rate and cost of each decoder, and each decoder against the baseline.

import { bySizeClass } from "./evaluation-summary.ts";
import type { Outcome } from "./outcome.ts";
import { compareSolved, compareTimes, outputPairs, type TimeRatio } from "./paired.ts";
import { type Interval, known, mean, median, sum, wilson } from "./statistics.ts";

/** Solved puzzles of some; rates are shares of one. */
export interface Solved {
  readonly puzzles: number;
  readonly solved: number;
  readonly rate: number | null;
  /** Wilson's 95 % interval of the rate. */
  readonly interval: Interval;
}

interface MedianAndMean {
  readonly median: number | null;
  readonly mean: number | null;
}

/** Means over the puzzles that were not refused; null where all were. */
export interface Costs {
  readonly passes: number | null;
  readonly positions: number | null;
  readonly pairs: number | null;
  readonly decodeMs: MedianAndMean;
  readonly promptMs: MedianAndMean;
}

/** A decoder against the baseline, on the same puzzles. */
export interface DecoderComparison {
  readonly baseline: string;
  readonly onlyThis: number;
  readonly onlyBaseline: number;
  /** McNemar's exact test, two-sided. */
  readonly p: number;
  /** Of the times of decoding. */
  readonly timeRatio: TimeRatio | null;
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
  /** Cells that were retracted, over all puzzles; retractions that made a wrong cell right, or a right one wrong. */
  readonly retracted: number;
  readonly fixed: number;
  readonly broken: number;
  /** By the answer's cells. */
  readonly bySize: readonly (Solved & Costs & { readonly size: string })[];
  readonly versus: DecoderComparison | null;
}

function solvedOf(outcomes: readonly Outcome[]): Solved {
  const [puzzles, solved] = [outcomes.length, outcomes.filter(({ correct }) => correct).length];
  return { puzzles, solved, rate: known(solved / puzzles), interval: wilson(solved, puzzles) };
}

const answeredOf = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.filter(({ refused }) => refused === undefined);

function costsOf(outcomes: readonly Outcome[]): Costs {
  const column = (name: keyof Costs) => answeredOf(outcomes).map(({ ledger }) => ledger.decoding[name]);
  const both = (name: keyof Costs) => ({
    median: known(median(column(name))),
    mean: known(mean(column(name))),
  });
  return {
    passes: known(mean(column("passes"))),
    positions: known(mean(column("positions"))),
    pairs: known(mean(column("pairs"))),
    decodeMs: both("decodeMs"),
    promptMs: both("promptMs"),
  };
}

function versus(decoder: string, own: readonly Outcome[], baseline: string, others: readonly Outcome[]) {
  const pairs = outputPairs(own, others);
  const { onlyThis, onlyBaseline, p } = compareSolved(pairs, ({ correct }) => correct === true);
  return {
    ...{ baseline, onlyThis: onlyThis.length, onlyBaseline: onlyBaseline.length, p },
    timeRatio: compareTimes(pairs, ({ ledger }) => ledger.decoding.decodeMs, decoder),
  };
}

/** Sums up an arena's outcomes by decoder, in the given order of labels. Refused puzzles count as not solved. */
export function summarizeDecoders(
  outcomes: readonly Outcome[],
  labels: readonly string[],
  baseline: string,
): DecoderSummary[] {
  const of = (label: string) => outcomes.filter(({ decoder }) => decoder === label);
  return labels.map((decoder) => {
    const own = of(decoder);
    const answered = answeredOf(own);
    const retractions = (name: "retracted" | "fixed" | "broken") =>
      sum(own.map((outcome) => outcome.retractions?.[name] ?? 0));
    return {
      decoder,
      ...solvedOf(own),
      found: own.filter(({ found }) => found).length,
      refused: own.length - answered.length,
      accuracy: known(mean(own.map(({ accuracy }) => accuracy ?? 0))),
      wrongSizes: own.filter(({ wrongSize }) => wrongSize).length,
      ...costsOf(own),
      candidates: known(mean(answered.map(({ candidates }) => candidates))),
      retracted: retractions("retracted"),
      fixed: retractions("fixed"),
      broken: retractions("broken"),
      bySize: bySizeClass(own).map(({ size, some }) => ({ size, ...solvedOf(some), ...costsOf(some) })),
      versus: decoder === baseline ? null : versus(decoder, own, baseline, of(baseline)),
    };
  });
}

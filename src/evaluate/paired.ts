// Runs on the same test inputs, held against a baseline in pairs: McNemar's test on what was solved, ratios of times.
import { type Outcome, outputName } from "./outcome.ts";
import { bootstrapMedian, type Interval, mcnemar, median } from "./statistics.ts";

/** The same test input (or task) in a run and in the baseline. */
export interface Pair<T> {
  readonly name: string;
  readonly own: T;
  readonly baseline: T;
}

/** A paired test: the names that only one of the two solved, and McNemar's exact two-sided p. */
export interface Paired {
  readonly onlyThis: readonly string[];
  readonly onlyBaseline: readonly string[];
  readonly p: number;
}

/** The median over pairs of a run's time by the baseline's, with its 95 % bootstrap interval. */
export interface TimeRatio {
  readonly median: number;
  readonly interval: Interval;
}

/** Tells test inputs apart, whatever the ids of their tasks are. */
export const keyOf = ({ task, test }: Outcome): string => JSON.stringify([task, test]);

export function byTask(outcomes: readonly Outcome[]): Map<string, Outcome[]> {
  const tasks = new Map<string, Outcome[]>();
  for (const outcome of outcomes) tasks.set(outcome.task, [...(tasks.get(outcome.task) ?? []), outcome]);
  return tasks;
}

/** Pairs of the items that both maps have, in the order of `own`. */
const pairUp = <T>(
  own: ReadonlyMap<string, T>,
  baseline: ReadonlyMap<string, T>,
  name: (key: string, item: T) => string,
): Pair<T>[] =>
  [...own].flatMap(([key, item]) => {
    const other = baseline.get(key);
    return other === undefined ? [] : [{ name: name(key, item), own: item, baseline: other }];
  });

/** Pairs of test inputs. */
export const outputPairs = (own: readonly Outcome[], baseline: readonly Outcome[]): Pair<Outcome>[] => {
  const byKey = (outcomes: readonly Outcome[]) => new Map(outcomes.map((one) => [keyOf(one), one]));
  return pairUp(byKey(own), byKey(baseline), (_, outcome) => outputName(outcome));
};

/** Pairs of tasks, each with the outcomes of its test inputs. */
export const taskPairs = (own: readonly Outcome[], baseline: readonly Outcome[]): Pair<Outcome[]>[] =>
  pairUp(byTask(own), byTask(baseline), (task) => task);

export function compareSolved<T>(pairs: readonly Pair<T>[], solved: (one: T) => boolean): Paired {
  const differing = pairs.filter(({ own, baseline }) => solved(own) !== solved(baseline));
  const onlyThis = differing.filter(({ own }) => solved(own)).map(({ name }) => name);
  const onlyBaseline = differing.filter(({ own }) => !solved(own)).map(({ name }) => name);
  return { onlyThis, onlyBaseline, p: mcnemar(onlyThis.length, onlyBaseline.length) };
}

/** @param milliseconds the time of one of a pair; pairs without one are left out @param key of the bootstrap's draws */
export function compareTimes<T>(
  pairs: readonly Pair<T>[],
  milliseconds: (one: T) => number,
  key: string,
): TimeRatio | null {
  const ratios = pairs
    .map(({ own, baseline }) => milliseconds(own) / milliseconds(baseline))
    .filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  return ratios.length ? { median: median(ratios), interval: bootstrapMedian(ratios, key) } : null;
}

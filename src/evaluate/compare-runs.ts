// Evaluations held against each other over the tasks that they share.
import { JigsawError } from "../core/errors.ts";
import { type ScoreName, type Share, scoresOf } from "./evaluation-summary.ts";
import type { FinishedRun } from "./manifest.ts";
import { type Outcome, outputName } from "./outcome.ts";
import {
  byTask,
  compareSolved,
  compareTimes,
  keyOf,
  outputPairs,
  type Pair,
  type Paired,
  type TimeRatio,
  taskPairs,
} from "./paired.ts";
import { bootstrap, type Interval, median, sum } from "./statistics.ts";

/** A run against the first one. */
export interface RunComparison {
  readonly baseline: string;
  /** Test outputs, by "task" or "task (2)" where it is not the first. */
  readonly outputs: Paired;
  /** Tasks with all outputs solved. */
  readonly tasks: Paired;
  /** This run's Kaggle score minus the baseline's, tasks drawn again with replacement for the interval. */
  readonly difference: { readonly value: number; readonly interval: Interval };
  /** Of the times of whole tasks. */
  readonly timeRatio: TimeRatio | null;
}

export interface ComparedRun {
  readonly run: string;
  readonly scores: Readonly<Record<ScoreName, Share>>;
  /** Over tasks, milliseconds. */
  readonly medianTime: number;
  readonly versus: RunComparison | null;
}

export interface RunsCompared {
  readonly tasks: number;
  /** Outputs with a known answer. */
  readonly outputs: number;
  /** For each run, how many of its tasks others lack, or have with other content. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly runs: readonly ComparedRun[];
}

/** The tasks that are the same in all runs, content and all. */
function sharedTasks(runs: readonly FinishedRun[]): Set<string> {
  const [first, ...others] = runs.map(({ manifest }) => new Map(Object.entries(manifest.tasks)));
  return new Set(
    [...first!].filter(([id, checksum]) => others.every((one) => one.get(id) === checksum)).map(([id]) => id),
  );
}

const solvedIn = (outcomes: readonly Outcome[]): number => outcomes.filter(({ correct }) => correct).length;

/** The difference of the Kaggle scores over some tasks. */
const difference = (tasks: readonly Pair<Outcome[]>[]): number =>
  sum(tasks.map(({ own, baseline }) => solvedIn(own) - solvedIn(baseline))) /
  sum(tasks.map(({ own }) => own.length));

function versus(
  run: string,
  own: readonly Outcome[],
  name: string,
  baseline: readonly Outcome[],
): RunComparison {
  const tasks = taskPairs(own, baseline);
  return {
    baseline: name,
    outputs: compareSolved(outputPairs(own, baseline), ({ correct }) => correct === true),
    tasks: compareSolved(tasks, (outcomes) => outcomes.every(({ correct }) => correct)),
    difference: { value: difference(tasks), interval: bootstrap(tasks, difference, run) },
    timeRatio: compareTimes(tasks, ([first]) => first!.taskMilliseconds, run),
  };
}

/**
 * Compares finished runs on the tasks that all of them share and whose answers are known; the first run is what the
 * others are held against.
 * @throws JigsawError "bad-option" where there is no such task
 */
export function compareRuns(runs: readonly FinishedRun[]): RunsCompared {
  const shared = sharedTasks(runs);
  // An answer that only some runs knew counts for none.
  const known = runs.map(
    ({ outcomes }) => new Set(outcomes.filter(({ correct }) => correct !== null).map(keyOf)),
  );
  const counts = (outcome: Outcome) =>
    shared.has(outcome.task) && known.every((keys) => keys.has(keyOf(outcome)));
  const of = ({ outcomes }: FinishedRun) =>
    outcomes.filter(counts).toSorted((a, b) => (outputName(a) < outputName(b) ? -1 : 1));
  const baseline = of(runs[0]!);
  if (baseline.length === 0) {
    const hint = "Compare evaluations of the same data.";
    const why = shared.size ? "know no answer of the tasks that they share" : "share no task";
    throw new JigsawError("bad-option", `${runs.map(({ folder }) => folder).join(" and ")} ${why}`, hint);
  }
  return {
    tasks: byTask(baseline).size,
    outputs: baseline.length,
    leftOut: Object.fromEntries(
      runs.map(({ folder, manifest }) => [folder, Object.keys(manifest.tasks).length - shared.size]),
    ),
    runs: runs.map((run, i) => {
      const outcomes = of(run);
      const times = [...byTask(outcomes).values()].map(([first]) => first!.taskMilliseconds);
      return {
        run: run.folder,
        scores: scoresOf(outcomes),
        medianTime: median(times),
        versus: i === 0 ? null : versus(run.folder, outcomes, runs[0]!.folder, baseline),
      };
    }),
  };
}

// Evaluations held against each other over the tasks that they share.
import { JigsawError } from "../../core/errors.ts";
import type { OutputResult } from "../outcomes.ts";
import { type ScoreName, type Share, scoresOf } from "../scores.ts";
import { bootstrap, bootstrapMedian, mcnemar, median } from "../statistics.ts";
import type { FinishedRun } from "./run-folder.ts";

type Interval = Share["interval"];

/** A paired test: what only one of the two solved, and McNemar's exact two-sided p. */
export interface Paired {
  readonly onlyThis: readonly string[];
  readonly onlyBaseline: readonly string[];
  readonly p: number;
}

/** A run against the first one. */
export interface RunComparison {
  readonly baseline: string;
  /** Test outputs, by "task" or "task (2)" where it is not the first. */
  readonly outputs: Paired;
  /** Tasks with all outputs solved. */
  readonly tasks: Paired;
  /** This run's Kaggle score minus the baseline's, tasks drawn again with replacement for the interval. */
  readonly difference: { readonly value: number; readonly interval: Interval };
  /** The median over tasks of this run's time by the baseline's. */
  readonly timeRatio: { readonly median: number; readonly interval: Interval } | null;
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

const nameOf = ({ task, test }: OutputResult): string => (test === 0 ? task : `${task} (${test + 1})`);

/** The tasks that are the same in all runs, content and all. */
function sharedTasks(runs: readonly FinishedRun[]): Set<string> {
  const [first, ...others] = runs.map(({ manifest }) => new Map(Object.entries(manifest.tasks)));
  return new Set(
    [...first!].filter(([id, checksum]) => others.every((one) => one.get(id) === checksum)).map(([id]) => id),
  );
}

function paired(solvedHere: ReadonlyMap<string, boolean>, solvedThere: ReadonlyMap<string, boolean>): Paired {
  const names = [...solvedHere.keys()];
  const onlyThis = names.filter((name) => solvedHere.get(name) && !solvedThere.get(name));
  const onlyBaseline = names.filter((name) => !solvedHere.get(name) && solvedThere.get(name));
  return { onlyThis, onlyBaseline, p: mcnemar(onlyThis.length, onlyBaseline.length) };
}

function byTask(results: readonly OutputResult[]): Map<string, OutputResult[]> {
  const tasks = new Map<string, OutputResult[]>();
  for (const result of results) tasks.set(result.task, [...(tasks.get(result.task) ?? []), result]);
  return tasks;
}

const solvedOutputs = (results: readonly OutputResult[]) =>
  new Map(results.map((result) => [nameOf(result), result.correct === true]));

const solvedTasks = (results: readonly OutputResult[]) =>
  new Map([...byTask(results)].map(([task, own]) => [task, own.every(({ correct }) => correct)]));

/** The solved outputs of a task here and there, and how many it has. */
interface TaskPair {
  readonly here: number;
  readonly there: number;
  readonly outputs: number;
}

const sum = (pairs: readonly TaskPair[], of: (pair: TaskPair) => number): number =>
  pairs.reduce((total, pair) => total + of(pair), 0);

const difference = (pairs: readonly TaskPair[]): number =>
  sum(pairs, ({ here, there }) => here - there) / sum(pairs, ({ outputs }) => outputs);

function versus(
  baseline: string,
  results: readonly OutputResult[],
  there: readonly OutputResult[],
  key: string,
): RunComparison {
  const others = byTask(there);
  const right = (some: readonly OutputResult[]) => some.filter(({ correct }) => correct).length;
  const tasks = [...byTask(results)].map(([task, own]) => ({ own, other: others.get(task)! }));
  const pairs = tasks.map(({ own, other }) => ({
    here: right(own),
    there: right(other),
    outputs: own.length,
  }));
  const ratios = tasks
    .map(({ own, other }) => own[0]!.taskMilliseconds / other[0]!.taskMilliseconds)
    .filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  return {
    baseline,
    outputs: paired(solvedOutputs(results), solvedOutputs(there)),
    tasks: paired(solvedTasks(results), solvedTasks(there)),
    difference: { value: difference(pairs), interval: bootstrap(pairs, difference, key) },
    timeRatio: ratios.length ? { median: median(ratios), interval: bootstrapMedian(ratios, key) } : null,
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
    ({ results }) => new Set(results.filter(({ correct }) => correct !== null).map(nameOf)),
  );
  const counts = (result: OutputResult) =>
    shared.has(result.task) && known.every((names) => names.has(nameOf(result)));
  const of = ({ results }: FinishedRun) =>
    results.filter(counts).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
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
      const results = of(run);
      const times = [...byTask(results).values()].map(([first]) => first!.taskMilliseconds);
      return {
        run: run.folder,
        scores: scoresOf(results),
        medianTime: median(times),
        versus: i === 0 ? null : versus(runs[0]!.folder, results, baseline, run.folder),
      };
    }),
  };
}

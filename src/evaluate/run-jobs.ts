// Runs jobs on a worker: this process, child processes, or machines behind a queue.
import type { Task } from "../arc/task.ts";
import type { Answer } from "./outcome.ts";

/** A task that could not be solved however often it was tried, and why. */
export interface FailedTask {
  readonly task: string;
  readonly failed: string;
}

export interface Worker<Job, Result> {
  /** The number of jobs that it does at once. */
  readonly width: number;
  /** Rejects where all other jobs would fail as well: a wrong request, a missing model, an abort. */
  solve(job: Job, signal: AbortSignal): Promise<Result | FailedTask>;
}

/** Solves whole tasks. */
export interface Executor extends Worker<Task, Answer> {
  close(): Promise<void>;
}

/** After so many failed jobs the others are not tried. */
export const MOST_FAILED = 10;

/** A task without its answers: no answer ever gets to where tasks are solved. */
export const withoutAnswers = ({ id, train, test }: Task): Task => ({
  id,
  train,
  test: test.map(({ input }) => ({ input })),
});

/**
 * Runs all jobs, as many at once as the worker takes; each result is recorded before its lane takes another job. Gives
 * the jobs that failed.
 * @param record takes a result; where it rejects, the run ends
 */
export async function runJobs<Job, Result extends object>(
  jobs: readonly Job[],
  worker: Worker<Job, Result>,
  record: (result: Result) => Promise<void>,
  signal: AbortSignal,
): Promise<FailedTask[]> {
  const failed: FailedTask[] = [];
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  // One iterator for all lanes: each takes the next job that none has taken.
  const left = jobs.values();
  const lane = async (): Promise<void> => {
    for (const job of left) {
      if (failed.length >= MOST_FAILED) return;
      stop.throwIfAborted();
      const result = await worker.solve(job, stop);
      if ("failed" in result) failed.push(result);
      else await record(result);
    }
  };
  const lanes = Array.from({ length: Math.min(worker.width, jobs.length) }, () =>
    lane().catch((error) => ended.abort(error)),
  );
  // All lanes have ended before anything else is done with the folder.
  await Promise.all(lanes);
  ended.signal.throwIfAborted();
  return failed;
}

/** Solves tasks, as `runJobs` runs jobs. */
export const runTasks = (
  tasks: readonly Task[],
  executor: Worker<Task, Answer>,
  record: (answer: Answer) => Promise<void>,
  signal: AbortSignal,
): Promise<FailedTask[]> => runJobs(tasks.map(withoutAnswers), executor, record, signal);

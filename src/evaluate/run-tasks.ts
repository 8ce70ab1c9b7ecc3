// The runner of an evaluation: tasks, and whatever solves them: child processes here, or machines behind a queue.
import type { Task } from "../arc/task.ts";
import type { Answer } from "./outcomes.ts";

/** A task that could not be solved however often it was tried, and why. */
export interface FailedTask {
  readonly task: string;
  readonly failed: string;
}

export interface Executor {
  /** How many tasks it takes at once. */
  readonly width: number;
  /** Fails where no other task would fare better: with a request that is wrong, a model that is not there, the signal. */
  solve(task: Task, signal: AbortSignal): Promise<Answer | FailedTask>;
  close(): Promise<void>;
}

/** When so many tasks have failed, the others are not tried. */
export const MOST_FAILED = 10;

/** What is asked, without what is known: no answer ever gets to where tasks are solved. */
export const withoutAnswers = ({ id, train, test }: Task): Task => ({
  id,
  train,
  test: test.map(({ input }) => ({ input })),
});

/**
 * Has tasks solved, each answer recorded before that lane takes another task. Gives the tasks that failed.
 * @param record takes an answer; where it fails, everything ends
 */
export async function runTasks(
  tasks: readonly Task[],
  executor: Executor,
  record: (answer: Answer) => Promise<void>,
  signal: AbortSignal,
): Promise<FailedTask[]> {
  const failed: FailedTask[] = [];
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  // One iterator for all lanes: each takes the next task that none has taken.
  const left = tasks.values();
  const lane = async (): Promise<void> => {
    for (const task of left) {
      if (failed.length >= MOST_FAILED) return;
      stop.throwIfAborted();
      const result = await executor.solve(withoutAnswers(task), stop);
      if ("failed" in result) failed.push(result);
      else await record(result);
    }
  };
  const lanes = Array.from({ length: Math.min(executor.width, tasks.length) }, () =>
    lane().catch((error) => ended.abort(error)),
  );
  // All lanes have ended before anything else is done with the folder.
  await Promise.all(lanes);
  ended.signal.throwIfAborted();
  return failed;
}

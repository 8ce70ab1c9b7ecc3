// Kaggle's submission.json, and which of its attempts are only filler.
import type { Grid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { FILLER } from "../solve/rank.ts";
import { type Answer, outputName } from "./outcome.ts";

/** The attempts at a test input; undefined where its task has no answer, or the input was refused. */
function attemptsAt(answer: Answer | undefined, test: number): readonly [Grid, Grid] | undefined {
  const solution = answer?.tests[test];
  return solution?.refused === undefined ? solution?.attempts : undefined;
}

/** Every task of the data, each test input with two attempts; filler where there are none. */
export const submissionOf = (tasks: readonly Task[], answers: ReadonlyMap<string, Answer>) =>
  Object.fromEntries(
    tasks.map(({ id, test }) => [
      id,
      test.map((_, i) => {
        const [attempt_1, attempt_2] = attemptsAt(answers.get(id), i) ?? [FILLER, FILLER];
        return { attempt_1, attempt_2 };
      }),
    ]),
  );

/** The test inputs that have filler in a submission, by the reason: "task", or "task (2)" for the second input. */
export type Fillers = Readonly<Record<string, readonly string[]>>;

/** @param why the reason why a task has no answer */
export function fillersOf(
  tasks: readonly Task[],
  answers: ReadonlyMap<string, Answer>,
  why: (task: Task) => string,
): Fillers {
  const fillers = new Map<string, string[]>();
  for (const task of tasks) {
    const answer = answers.get(task.id);
    const reason = answer ? "refused" : why(task);
    const inputs = [...task.test.keys()].filter((test) => !attemptsAt(answer, test));
    const names = inputs.map((test) => outputName({ task: task.id, test }));
    if (names.length) fillers.set(reason, [...(fillers.get(reason) ?? []), ...names]);
  }
  return Object.fromEntries(fillers);
}

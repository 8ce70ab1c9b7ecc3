// What an evaluation says of each test input: what was answered, whether it is right, what it cost.
import * as z from "zod";
import { area, type Grid } from "../arc/grid.ts";
import { cellAccuracy, exact, scoreAttempts, wrongSize } from "../arc/score.ts";
import type { Task } from "../arc/task.ts";
import { taskSolutionSchema, testSolutionSchema } from "../solve/solution.ts";

/** A task's solution, and where it was computed. */
export const answerSchema = taskSolutionSchema.extend({
  host: z.string(),
  device: z.string(),
});
export type Answer = z.infer<typeof answerSchema>;

/**
 * How a test input came out: by the first attempt, only by the second, by neither; refused, whether its answer is known
 * or not; answered with nobody knowing the answer.
 */
export const OUTCOMES = ["right", "second attempt", "wrong", "refused", "unknown"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const { attempts, refused, ledger } = testSolutionSchema.shape;

/** A line of results.jsonl. What depends on the answer is null where no answer is known. */
export const outputResultSchema = z.object({
  task: z.string(),
  /** Which of the task's test inputs. */
  test: z.int(),
  outcome: z.enum(OUTCOMES),
  correct: z.boolean().nullable(),
  firstCorrect: z.boolean().nullable(),
  /** Whether any candidate is the answer. */
  found: z.boolean().nullable(),
  /** Cells of the answer. */
  cells: z.int().nullable(),
  /** Of the first attempt. */
  wrongSize: z.boolean().nullable(),
  /** The share of the answer's cells that the first attempt has right. */
  accuracy: z.number().nullable(),
  candidates: z.int(),
  refused,
  attempts,
  ledger,
  /** Milliseconds for the whole task: the same for all of its test inputs. */
  taskMilliseconds: z.number(),
});
export type OutputResult = z.infer<typeof outputResultSchema>;

function outcomeOf(refused: boolean, correct: boolean | null, firstCorrect: boolean | null): Outcome {
  if (refused) return "refused";
  if (correct === null) return "unknown";
  return firstCorrect ? "right" : correct ? "second attempt" : "wrong";
}

/** Judges what a task was answered, one result for each of its test inputs. Refused inputs count as not solved. */
export function judgeTask(task: Task, answer: Answer): OutputResult[] {
  return answer.tests.map(({ attempts, candidates, refused, ledger }, test) => {
    const { output } = task.test[test]!;
    const score = refused === undefined ? scoreAttempts(attempts, output) : NOT_SOLVED;
    const { correct, firstCorrect } = output ? score : UNKNOWN;
    const [first] = attempts;
    return {
      ...{ task: task.id, test, outcome: outcomeOf(refused !== undefined, correct, firstCorrect) },
      ...{ correct, firstCorrect },
      found: output ? candidates.some(({ grid }) => exact(grid, output)) : null,
      cells: output ? area(output) : null,
      wrongSize: output && refused === undefined ? wrongSize(first, output) : null,
      accuracy: output ? (refused === undefined ? cellAccuracy(first, output) : 0) : null,
      candidates: candidates.length,
      ...(refused !== undefined && { refused }),
      ...{ attempts, ledger, taskMilliseconds: answer.milliseconds },
    };
  });
}

const NOT_SOLVED = { correct: false, firstCorrect: false } as const;
const UNKNOWN = { correct: null, firstCorrect: null } as const;

const FILLER: Grid = [[0]];

/** Kaggle's submission: every task of the data, each test input with two attempts; filler where there is none. */
export function submissionOf(tasks: readonly Task[], answers: ReadonlyMap<string, Answer>) {
  const attemptsAt = (task: Task, test: number): readonly Grid[] => {
    const solved = answers.get(task.id)?.tests[test];
    return solved === undefined || solved.refused !== undefined ? [FILLER, FILLER] : solved.attempts;
  };
  return Object.fromEntries(
    tasks.map((task) => [
      task.id,
      task.test.map((_, test) => {
        const [attempt_1, attempt_2] = attemptsAt(task, test);
        return { attempt_1, attempt_2 };
      }),
    ]),
  );
}

// The outcome of one test input: the attempts at it, whether they are right, their cost. A line of results.jsonl.
import * as z from "zod";
import { area, type Grid } from "../arc/grid.ts";
import { ATTEMPTS, cellAccuracy, exact, scoreAttempts, wrongSize } from "../arc/score.ts";
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
export type OutcomeName = (typeof OUTCOMES)[number];

const { candidates, refused, ledger } = testSolutionSchema.shape;

/** Fields that depend on the answer are null where no answer is known. */
export const outcomeSchema = z.object({
  task: z.string(),
  /** The index of the test input in its task. */
  test: z.int(),
  /** The decoder's label, in an arena: there several decoders answer the same test input. */
  decoder: z.string().optional(),
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
  /** An arena's decoders make one attempt, a solver two. */
  attempts: z.array(candidates.element.shape.grid).max(ATTEMPTS),
  ledger,
  /** Milliseconds for the whole task: the same for all of its test inputs. */
  taskMilliseconds: z.number(),
  /** In an arena, see decode/retractions.ts. */
  retractions: z.object({ retracted: z.number(), fixed: z.number(), broken: z.number() }).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** "task", or "task (2)" for a test input that is not its first. */
export const outputName = ({ task, test }: Pick<Outcome, "task" | "test">): string =>
  test === 0 ? task : `${task} (${test + 1})`;

/** The answer to one test input, by a solver or by a decoder alone. */
export interface TestAnswer extends Pick<Outcome, "attempts" | "refused" | "ledger"> {
  readonly candidates: readonly { readonly grid: Grid }[];
}

function nameOf(refused: boolean, correct: boolean | null, firstCorrect: boolean | null): OutcomeName {
  if (refused) return "refused";
  if (correct === null) return "unknown";
  return firstCorrect ? "right" : correct ? "second attempt" : "wrong";
}

/** Judges the answer to a test input. A refused input counts as not solved. */
export function judge(
  task: Task,
  test: number,
  { attempts, candidates, refused, ledger }: TestAnswer,
  taskMilliseconds: number,
): Outcome {
  const { output } = task.test[test]!;
  const answered = refused === undefined;
  const { correct, firstCorrect } = scoreAttempts(answered ? attempts : [], output);
  const first = answered ? attempts[0] : undefined;
  return {
    ...{ task: task.id, test, outcome: nameOf(!answered, correct, firstCorrect) },
    ...{ correct, firstCorrect },
    found: output ? candidates.some(({ grid }) => exact(grid, output)) : null,
    cells: output ? area(output) : null,
    wrongSize: output && first ? wrongSize(first, output) : null,
    accuracy: output ? (first ? cellAccuracy(first, output) : 0) : null,
    candidates: candidates.length,
    ...(refused !== undefined && { refused }),
    ...{ attempts, ledger, taskMilliseconds },
  };
}

/** Judges a task's answer, one outcome for each of its test inputs. */
export const judgeTask = (task: Task, { tests, milliseconds }: Answer): Outcome[] =>
  tests.map((answer, test) => judge(task, test, answer, milliseconds));

// What comes out of solving a task.
import * as z from "zod";
import { COLOURS, type Grid, MAX_SIDE } from "../arc/grid.ts";

const figure = z.number();
const grid: z.ZodType<Grid> = z
  .array(
    z
      .array(
        z
          .int()
          .min(0)
          .max(COLOURS - 1),
      )
      .min(1)
      .max(MAX_SIDE),
  )
  .min(1)
  .max(MAX_SIDE);

/** The ledger of one stage: see engine/ledger.ts. Times are milliseconds. */
export const ledgerSchema = z.object({
  /** 0.1.0 did not count them. */
  prompts: figure.default(0),
  passes: figure,
  positions: figure,
  pairs: figure,
  promptMs: figure,
  decodeMs: figure,
});

/** A different answer that some view gave, taken back to the puzzle as it is. */
export const scoredCandidateSchema = z.object({
  grid,
  /** The views whose decoding gave it, in their order; 0 is the puzzle as it is. */
  views: z.array(z.int()),
  /** How often it was seen, over all views. */
  visits: figure,
  /** The highest natural logarithm of its probability that a decoder chose it with. */
  logProbability: figure,
  /** The sum over scoring views of its log-likelihood (of the bound on it, for jigsaw models), size included; null where it was not scored. */
  score: figure.nullable(),
  /** Of the score, from the masks that were drawn; 0 where it is exact, null where there is none. */
  standardError: figure.nullable(),
});
/** An answer that some view gave, with what was counted of it. */
export type ScoredCandidate = z.infer<typeof scoredCandidateSchema>;

/** What one test input was answered. */
export const testSolutionSchema = z.object({
  /** The two attempts, the better first; filler where the input was refused. */
  attempts: z.tuple([grid, grid]),
  /** Best first. */
  candidates: z.array(scoredCandidateSchema),
  /** Why the input was refused, where it was. */
  refused: z.string().optional(),
  ledger: z.object({ decoding: ledgerSchema, scoring: ledgerSchema }),
});
/** Two attempts at one test input, and all candidates. */
export type TestSolution = z.infer<typeof testSolutionSchema>;

/** What training on the task's demonstrations cost, and what it came to. */
export const trainingCostSchema = z.object({
  steps: z.int(),
  tokens: figure,
  milliseconds: figure,
  /** Mean losses of the first and last steps, nats; null where nothing was trained. */
  firstLoss: figure.nullable(),
  lastLoss: figure.nullable(),
});
/** The cost and losses of test-time training. */
export type TrainingCost = z.infer<typeof trainingCostSchema>;

/** The solution of a task: its test inputs in their order. */
export const taskSolutionSchema = z.object({
  task: z.string(),
  tests: z.array(testSolutionSchema),
  training: trainingCostSchema,
  /** Milliseconds for the whole task. */
  milliseconds: figure,
});
/** The solution of a task: its test inputs in their order. */
export type TaskSolution = z.infer<typeof taskSolutionSchema>;

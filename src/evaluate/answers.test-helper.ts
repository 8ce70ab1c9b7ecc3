// Tasks and answers for the tests of evaluations.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Grid, makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import type { SolverSetup } from "../cluster/pool-child.ts";
import { newLedger } from "../engine/ledger.ts";
import { solverSchema } from "../solve/options.ts";
import type { TaskSolution, TestSolution } from "../solve/solution.ts";
import type { Answer } from "./outcome.ts";

/** A grid of one colour. */
export const plain = (colour: number, rows = 2, columns = 3): Grid => makeGrid(rows, columns, () => colour);

/** A task of one demonstration; its answers are grids of one colour, null where the answer is not known. */
export const taskOf = (id: string, answers: readonly (number | null)[] = [1], rows = 2): Task => ({
  id,
  train: [{ input: plain(0), output: plain(1) }],
  test: answers.map((colour, i) => ({
    input: plain(i % 10),
    ...(colour !== null && { output: plain(colour, rows) }),
  })),
});

/** An answered test input: two attempts, each of one colour, which are the candidates too. */
export function attemptsOf(first: number, second: number, rows = 2): TestSolution {
  const attempts: [Grid, Grid] = [plain(first, rows), plain(second, rows)];
  return {
    attempts,
    candidates: attempts.map((grid, i) => ({
      ...{ grid, views: [i], visits: 2 - i, logProbability: -1 - i },
      ...{ score: -3.5 - i, standardError: 0.25 },
    })),
    ledger: {
      decoding: { ...newLedger(), passes: 3, positions: 30, pairs: 300, promptMs: 1.5, decodeMs: 2.5 },
      scoring: { ...newLedger(), passes: 1, positions: 10, pairs: 100, promptMs: 0.5, decodeMs: 0.5 },
    },
  };
}

export const refusedTest = (why: string): TestSolution => ({
  ...attemptsOf(0, 0),
  ...{ attempts: [[[0]], [[0]]], candidates: [], refused: why },
});

export const solutionOf = (task: string, tests: readonly TestSolution[], milliseconds = 5): TaskSolution => ({
  ...{ task, tests: [...tests], milliseconds },
  training: { steps: 2, tokens: 20, milliseconds: 1, firstLoss: 1.5, lastLoss: 0.5 },
});

export const answerOf = (task: string, tests: readonly TestSolution[], milliseconds = 5): Answer => ({
  ...solutionOf(task, tests, milliseconds),
  ...{ host: "here", device: "cpu" },
});

/** A rule that a test's process solves by: every input's own colour first, the next colour second. */
export const byRule = ({ id, test }: Task): TaskSolution =>
  solutionOf(
    id,
    test.map(({ input }) => attemptsOf(input[0]![0]!, (input[0]![0]! + 1) % 10)),
  );

export const setupOf = (model = "a"): SolverSetup => ({
  ...{ model, decoder: "steps", device: "cpu", threads: 1, weights: "float32" },
  options: solverSchema.parse({}),
});

/** What an evaluation's folder holds, by file, without what clocks and places decide. */
export async function answersIn(folder: string): Promise<Record<string, unknown>> {
  const timed = ["promptMs", "decodeMs", "milliseconds", "host", "device"];
  const answers: Record<string, unknown> = {};
  for (const name of (await readdir(join(folder, "tasks"))).sort()) {
    const text = await readFile(join(folder, "tasks", name), "utf8");
    answers[name] = JSON.parse(text, (key, value) => (timed.includes(key) ? undefined : value));
  }
  return answers;
}

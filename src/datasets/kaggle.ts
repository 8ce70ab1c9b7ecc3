import { badTask, checkGrid, checkTask } from "../arc/check.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { readJson } from "./files.ts";
import { isPerTask } from "./layouts.ts";

type Json = Readonly<Record<string, unknown>>;

const HINT =
  "Take both files from one release of the data, or move the solutions away to solve without them.";

/** Kaggle's layout: `{id: {"train": [...], "test": [{"input"}]}}`, and beside it solutions `{id: [output, ...]}`. */
export const isChallenges = (value: Json): boolean =>
  Object.values(value).some((task) => isObject(task) && isPerTask(task));

/** The names that the other half of a challenges or solutions file may have; none for any other file. */
export function kagglePartners(file: string): string[] {
  const match = /^(.*)[_-](challenges|solutions)\.json$/s.exec(file);
  const other = match?.[2] === "challenges" ? "solutions" : "challenges";
  return match ? ["_", "-"].map((joint) => `${match[1]}${joint}${other}.json`) : [];
}

async function readSolutions(challenges: string): Promise<{ file: string; solutions: Json } | undefined> {
  for (const file of kagglePartners(challenges)) {
    try {
      const solutions = await readJson(file);
      if (!isObject(solutions)) throw badTask({ file }, "expected an object {id: [output, ...]}", HINT);
      return { file, solutions };
    } catch (error) {
      if (!(error instanceof JigsawError && error.code === "not-found")) throw error;
    }
  }
  return undefined;
}

function solved({ id, train, test }: Task, outputs: unknown, file: string): Task {
  if (!Array.isArray(outputs) || outputs.length !== test.length) {
    const found = Array.isArray(outputs) ? outputs.length : outputs === undefined ? "nothing" : "no list";
    throw badTask(
      { file, task: id },
      `expected ${test.length} outputs, one a test input, found ${found}`,
      HINT,
    );
  }
  const output = (i: number) => checkGrid(outputs[i], { file, task: id, field: `[${i}]` });
  return { id, train, test: test.map(({ input }, i) => ({ input, output: output(i) })) };
}

/** The tasks of a challenges file, with the answers of the solutions file next to it where there is one. */
export async function kaggleTasks(challenges: Json, file: string): Promise<Task[]> {
  const tasks = Object.entries(challenges).map(([id, task]) => checkTask(task, id, file));
  const found = await readSolutions(file);
  if (!found) return tasks;
  const stray = Object.keys(found.solutions).find((id) => !Object.hasOwn(challenges, id));
  if (stray !== undefined)
    throw badTask({ file: found.file, task: stray }, `not among the challenges of ${file}`, HINT);
  return tasks.map((task) => {
    const outputs = Object.hasOwn(found.solutions, task.id) ? found.solutions[task.id] : undefined;
    return solved(task, outputs, found.file);
  });
}

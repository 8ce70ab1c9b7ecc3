// The tasks that the studio takes: ARC's own, of bounded size. `checkStudioTask` checks what comes from files and links,
// by the same limits as taskSchema of protocol.ts, and without zod.
import { badTask, checkTask } from "../../arc/check.ts";

/** The most demonstrations and test inputs of a task that the studio takes. */
export const MOST_PAIRS = 12;

/** The longest name of a task, in UTF-16 units. */
export const MOST_ID = 120;

/** A task that the studio takes; its grids may be changed. */
export interface StudioTask {
  id: string;
  train: { input: number[][]; output: number[][] }[];
  test: { input: number[][]; output?: number[][] | undefined }[];
}

/** A task in a list. */
export interface TaskSummary {
  readonly id: string;
  /** Rows and columns of the first test input. */
  readonly rows: number;
  readonly columns: number;
  readonly demonstrations: number;
}

/**
 * A copy of `value` (parsed JSON) if it is a task that the studio takes.
 * @throws JigsawError "bad-task" that names its first fault, and `file` if it is given
 */
export function checkStudioTask(value: unknown, id: unknown, file?: string): StudioTask {
  const where = file === undefined ? {} : { file };
  if (typeof id !== "string" || id.length < 1 || id.length > MOST_ID)
    throw badTask({ ...where, field: "id" }, `expected text of 1 to ${MOST_ID} letters`);
  const task = checkTask(value, id, file);
  for (const [part, list] of [
    ["demonstrations", task.train],
    ["test inputs", task.test],
  ] as const) {
    if (list.length > MOST_PAIRS)
      throw badTask(where, `has ${list.length} ${part}; the studio takes ${MOST_PAIRS} at most`);
  }
  // A copy of its own, whose rows may be changed.
  return task as StudioTask;
}

/** What a list shows of a task. */
export const summaryOf = ({ id, train, test }: StudioTask): TaskSummary => ({
  id,
  rows: test[0]!.input.length,
  columns: test[0]!.input[0]!.length,
  demonstrations: train.length,
});

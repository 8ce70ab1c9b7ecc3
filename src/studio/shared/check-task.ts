// Puzzles from files and links. ARC's own check tells where one fails; the rest are the studio's limits, the same as
// taskSchema's. A page has this without the library of schemas.
import { badTask, checkTask } from "../../arc/check.ts";
import { MOST_ID, MOST_PAIRS } from "./limits.ts";
import type { StudioTask } from "./protocol.ts";

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

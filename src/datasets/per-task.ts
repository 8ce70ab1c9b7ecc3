import { basename } from "node:path";
import { checkTask } from "../arc/check.ts";
import type { Task } from "../arc/task.ts";

/** ARC's own layout: one file `<id>.json` a task, `{"train": [...], "test": [...]}`. */
export const isPerTask = (value: Readonly<Record<string, unknown>>): boolean =>
  Object.hasOwn(value, "train") || Object.hasOwn(value, "test");

/** The id that a file's name gives to the task in it. */
export const taskId = (file: string): string => basename(file).replace(/(\.json)?(\.gz)?$/, "");

export const perTask = (value: unknown, file: string): Task => checkTask(value, taskId(file), file);

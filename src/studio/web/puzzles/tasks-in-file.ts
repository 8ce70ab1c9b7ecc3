// The puzzles that a file holds: one task, or many under their ids. What is wrong with it is said in words.

import { parseJson } from "../../../arc/task-json.ts";
import { JigsawError } from "../../../core/errors.ts";
import { isObject } from "../../../core/json.ts";
import { checkStudioTask, MOST_ID, type StudioTask } from "../../shared/tasks.ts";

/** In bytes: as large as a whole dataset of ARC. */
export const MOST_FILE = 16 * 2 ** 20;
/** Of one file; more would not be looked through. */
const MOST_TASKS = 2000;

const EXPECTED =
  'A puzzle file is JSON: {"train": [{"input", "output"}, ...], "test": [{"input"}, ...]}; a grid is rows of colours 0-9.';

const bad = (file: string, problem: string): JigsawError =>
  new JigsawError("bad-task", `${file}: ${problem}`, EXPECTED);

/** Under a name that a file or a key in it gives, which may be of any length. */
const checkNamed = (value: unknown, name: string, file: string): StudioTask =>
  checkStudioTask(value, name.slice(0, MOST_ID) || "puzzle", file);

/**
 * The tasks of a JSON file, in any of the layouts that Jigsaw reads.
 * @throws JigsawError "bad-task" for a file without tasks
 */
export function tasksIn(text: string, file: string): StudioTask[] {
  const json = parseJson(text, file);
  if (!isObject(json)) throw bad(file, "is no puzzle");
  if ("train" in json || "test" in json) {
    const named = typeof json.id === "string" && json.id ? json.id : file.replace(/\.json$/i, "");
    return [checkNamed(json, named, file)];
  }
  const entries = Object.entries(json);
  if (entries.length === 0) throw bad(file, "holds no puzzle");
  if (!entries.every(([, value]) => isObject(value) && "train" in value)) throw bad(file, "is no puzzle");
  return entries.slice(0, MOST_TASKS).map(([id, value]) => checkNamed(value, id, file));
}

/** Whether a file is a trace: JSON lines that begin with a header. */
export const isTrace = (text: string, file: string): boolean =>
  /\.jsonl$/i.test(file) || /^\s*\{\s*"kind"\s*:\s*"header"/.test(text);

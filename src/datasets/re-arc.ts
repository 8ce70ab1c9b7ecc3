import { badTask, checkGrid, checkPair, type Where } from "../arc/check.ts";
import { equalGrids, type Grid, MAX_SIDE } from "../arc/grid.ts";
import type { Pair, Task } from "../arc/task.ts";
import { parseJson } from "../arc/task-json.ts";
import { isObject } from "../core/json.ts";
import type { Random } from "../core/random.ts";
import { readLines } from "./files.ts";

/** Many pairs of one rule, to draw tasks from. A pair is parsed each time it is asked for: text is compact. */
export interface PairPool {
  readonly id: string;
  /** Where it was read, for messages. */
  readonly file: string;
  readonly size: number;
  readonly pair: (index: number) => Pair;
}

/** JSON lines (`{"task": id, "pairs": [[input, output], ...]}`, a grid is its rows joined by `|`) by the name. */
export const isJsonLines = (file: string): boolean => /\.jsonl(\.gz)?$/.test(file);

const GRID_TEXT = new RegExp(`^\\d{1,${MAX_SIDE}}(?:\\|\\d{1,${MAX_SIDE}}){0,${MAX_SIDE - 1}}$`);

const parseGrid = (text: string): Grid => text.split("|").map((row) => Array.from(row, Number));

/** Checks a grid's text without parsing it; a bad one is parsed after all, so that the error names the fault. */
function checkGridText(text: unknown, where: Where): string {
  if (typeof text !== "string") throw badTask(where, "expected a grid as text, its rows joined by |");
  const rows = text.split("|");
  if (!GRID_TEXT.test(text) || rows.some((row) => row.length !== rows[0]!.length)) {
    checkGrid(
      rows.map((row) => Array.from(row, (cell) => (/\d/.test(cell) ? Number(cell) : cell))),
      where,
    );
  }
  return text;
}

function poolOfLine(value: unknown, file: string): PairPool {
  if (!isObject(value) || typeof value.task !== "string" || !Array.isArray(value.pairs)) {
    throw badTask({ file }, 'expected {"task": id, "pairs": [[input, output], ...]}');
  }
  const { task, pairs } = value;
  const texts = pairs.map((pair: unknown, i): readonly [string, string] => {
    const field = `pairs[${i}]`;
    if (!Array.isArray(pair) || pair.length !== 2)
      throw badTask({ file, task, field }, "expected [input, output]");
    const text = (side: number) => checkGridText(pair[side], { file, task, field: `${field}[${side}]` });
    return [text(0), text(1)];
  });
  const pair = (index: number): Pair => {
    const [input, output] = texts[index]!;
    return { input: parseGrid(input), output: parseGrid(output) };
  };
  return { id: task, file, size: texts.length, pair };
}

/** The pool of one of RE-ARC's own files `tasks/<id>.json`: a list of `{"input", "output"}`. */
export function poolOfList(list: readonly unknown[], task: string, file: string): PairPool {
  const pairs = list.map((pair, i) => checkPair(pair, { file, task, field: `[${i}]` }));
  return { id: task, file, size: pairs.length, pair: (index) => pairs[index]! };
}

/** Yields the pools of a `.jsonl` or `.jsonl.gz` file line by line; each is whole and checked when it comes. */
export async function* readPools(file: string): AsyncGenerator<PairPool> {
  let number = 0;
  for await (const line of readLines(file)) {
    number++;
    const place = `${file}, line ${number}`;
    const text = line.trim();
    if (text !== "") yield poolOfLine(parseJson(text, place), place);
  }
}

/**
 * Draws a task out of a pool: one test pair (its output is the answer) and `demonstrations` others,
 * all with different inputs. Refuses a pool that has too few different ones.
 */
export function pairsToTask(pool: PairPool, random: Random, demonstrations: number): Task {
  const chosen: Pair[] = [];
  for (const index of random.sample(Array.from({ length: pool.size }, (_, i) => i))) {
    const pair = pool.pair(index);
    if (chosen.every(({ input }) => !equalGrids(input, pair.input))) chosen.push(pair);
    if (chosen.length > demonstrations) break;
  }
  const [test, ...train] = chosen;
  if (!test || train.length < demonstrations) {
    const problem = `${chosen.length} different pairs are too few for ${demonstrations} demonstrations and a test`;
    throw badTask({ file: pool.file, task: pool.id }, problem, "Ask for fewer demonstrations.");
  }
  return { id: pool.id, train, test: [test] };
}

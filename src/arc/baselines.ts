import { BACKGROUND, copyGrid, type Grid, height, makeGrid, sameSize, width } from "./grid.ts";
import type { Task } from "./task.ts";

/** Answers a test input of a task without any model: what a solver has to beat. */
export type Baseline = (task: Task, input: Grid) => Grid;

/** Answers with the input itself. */
export const copyInput: Baseline = (_task, input) => copyGrid(input);

/** The most frequent item and how often it occurs; the first seen wins ties. */
function mode<T>(items: Iterable<T>): { item: T; count: number } | undefined {
  const found = new Map<string, { item: T; count: number }>();
  let best: { item: T; count: number } | undefined;
  for (const item of items) {
    const key = JSON.stringify(item);
    const entry = found.get(key) ?? { item, count: 0 };
    found.set(key, entry);
    entry.count++;
  }
  for (const entry of found.values()) if (!best || entry.count > best.count) best = entry;
  return best;
}

/** The input's size if no demonstration changes size, else the most frequent size of their outputs. */
function guessSize(task: Task, input: Grid): readonly [rows: number, columns: number] {
  const size = (grid: Grid) => [height(grid), width(grid)] as const;
  if (task.train.every((pair) => sameSize(pair.input, pair.output))) return size(input);
  return mode(task.train.map(({ output }) => size(output)))!.item;
}

/**
 * Answers with the most frequent output of the guessed size among the training tasks' outputs (give it
 * tasks of one puzzle family). Where no output of that size occurs twice, each cell gets its most
 * frequent colour among them; where none has that size, all cells get the most frequent colour of all.
 */
export function mostFrequentOutput(training: readonly Task[]): Baseline {
  const outputs = training.flatMap(({ train, test }) =>
    [...train, ...test].flatMap(({ output }) => (output ? [output] : [])),
  );
  const colour = mode(outputs.flat(2))?.item ?? BACKGROUND;
  return (task, input) => {
    const [rows, columns] = guessSize(task, input);
    const fitting = outputs.filter((output) => height(output) === rows && width(output) === columns);
    const frequent = mode(fitting);
    if (frequent && frequent.count > 1) return copyGrid(frequent.item);
    return makeGrid(rows, columns, (r, c) => mode(fitting.map((output) => output[r]![c]!))?.item ?? colour);
  };
}

import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { COLOURS, type Grid, MAX_SIDE } from "./grid.ts";
import type { Pair, Task, Test } from "./task.ts";

/** Where in the user's data something stands; the error names what is given of it. */
export interface Where {
  readonly file?: string;
  readonly task?: string;
  /** The path inside the task, such as `train[1].output[3]`. */
  readonly field?: string;
}

const SHAPE =
  "A task is {train: [{input, output}, ...], test: [{input}, ...]}; a grid is rows of colours 0-9.";

/** The error for malformed data: where it is, then what is wrong with it. */
export function badTask({ file, task, field }: Where, problem: string, hint = SHAPE): JigsawError {
  const place = [file, task === undefined ? task : `task ${task}`, field].filter(
    (part) => part !== undefined,
  );
  return new JigsawError("bad-task", [...place, problem].join(": "), hint);
}

/** A few words for a value of unknown type, short whatever it is. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string")
    return JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}...` : value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

const expected = (where: Where, what: string, value: unknown): JigsawError =>
  badTask(where, `expected ${what}, found ${describe(value)}`);

const at = (where: Where, index: number): Where => ({ ...where, field: `${where.field ?? ""}[${index}]` });
const of = (where: Where, key: string): Where => ({
  ...where,
  field: where.field === undefined ? key : `${where.field}.${key}`,
});

function checkRecord(value: unknown, what: string, where: Where): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw expected(where, what, value);
  return value;
}

function checkList(value: unknown, what: string, most: number, where: Where): readonly unknown[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) throw expected(where, what, value);
  return value;
}

function checkColour(value: unknown, where: Where, column: number): number {
  const colour = typeof value === "number" && Number.isInteger(value) && value >= 0 && value < COLOURS;
  if (!colour) throw expected(at(where, column), `a colour, an integer from 0 to ${COLOURS - 1}`, value);
  return value;
}

/** A copy of `value` if it is a grid; otherwise a `bad-task` error that names its first fault. */
export function checkGrid(value: unknown, where: Where = {}): Grid {
  const rows = checkList(value, `a grid of 1 to ${MAX_SIDE} rows`, MAX_SIDE, where);
  let columns: number | undefined;
  // Array.from visits the holes of a sparse array, which map would leave in place.
  return Array.from(rows, (row, r) => {
    const place = at(where, r);
    const cells = checkList(row, `a row of 1 to ${MAX_SIDE} cells`, MAX_SIDE, place);
    columns ??= cells.length;
    if (cells.length !== columns) throw expected(place, `${columns} cells as in the first row`, row);
    return Array.from(cells, (cell, c) => checkColour(cell, place, c));
  });
}

/** A copy of `value` if it is a demonstration. */
export function checkPair(value: unknown, where: Where = {}): Pair {
  const { input, output } = checkRecord(value, "a pair {input, output}", where);
  return { input: checkGrid(input, of(where, "input")), output: checkGrid(output, of(where, "output")) };
}

function checkTest(value: unknown, where: Where): Test {
  const { input, output } = checkRecord(value, "a test {input} or {input, output}", where);
  return output === undefined ? { input: checkGrid(input, of(where, "input")) } : checkPair(value, where);
}

/**
 * The task that `value` (parsed JSON) describes, copied field by field: what it has besides is left out.
 * Throws a `bad-task` error that names the file, the task, the field and what was expected there.
 */
export function checkTask(value: unknown, id: string, file?: string): Task {
  const where: Where = file === undefined ? { task: id } : { file, task: id };
  const { train, test } = checkRecord(value, "a task {train, test}", where);
  const list = (items: unknown, key: string, what: string): readonly unknown[] =>
    Array.from(checkList(items, what, Number.POSITIVE_INFINITY, of(where, key)));
  return {
    id,
    train: list(train, "train", "a list of at least one demonstration").map((pair, i) =>
      checkPair(pair, at(of(where, "train"), i)),
    ),
    test: list(test, "test", "a list of at least one test input").map((item, i) =>
      checkTest(item, at(of(where, "test"), i)),
    ),
  };
}

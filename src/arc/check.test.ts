import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { checkGrid, checkPair, checkTask } from "./check.ts";

/** The error that `run` throws, which must be the user's to act on. */
function refusal(run: () => unknown): JigsawError {
  try {
    run();
  } catch (error) {
    if (error instanceof JigsawError) return error;
    throw error;
  }
  throw new Error("not refused");
}

const good = () => ({
  train: [
    { input: [[1]], output: [[2, 3]] },
    {
      input: [[4]],
      output: [
        [5, 6],
        [7, 8],
      ],
    },
  ],
  test: [{ input: [[9]] }, { input: [[0]], output: [[1]] }],
});

describe("a good task", () => {
  it("is copied, without what does not belong to it", () => {
    const value = { ...good(), name: "extra" };
    const task = checkTask(value, "t");
    expect(task).toEqual({ id: "t", ...good() });
    expect(task.train[0]!.input).not.toBe(value.train[0]!.input);
    expect(task.test[0]).not.toHaveProperty("output");
  });

  it("may have grids of 1x1 to 30x30", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (rows, columns) => {
        const grid = Array.from({ length: rows }, () => new Array(columns).fill(9));
        expect(checkGrid(grid)).toEqual(grid);
      }),
    );
  });
});

type Node = { [key: string]: Node };

/** The good task with another value, or none, at a path such as "train.1.input". */
function set(path: string, value?: unknown): unknown {
  const task = good();
  const keys = path.split(".");
  const last = keys.pop()!;
  const holder = keys.reduce((node, key) => node[key]!, task as unknown as Node);
  if (value === undefined) delete holder[last];
  else holder[last] = value as Node;
  return task;
}

describe("a bad task", () => {
  const rows = (count: number) => Array.from({ length: count }, () => [0]);
  const row = (count: number) => new Array<number>(count).fill(0);
  const task = "expected a task {train, test}";
  const demonstrations = "train: expected a list of at least one demonstration";
  const tests = "test: expected a list of at least one test input";
  const grid = "expected a grid of 1 to 30 rows";
  const cells = "expected a row of 1 to 30 cells";
  const colour = "expected a colour, an integer from 0 to 9";
  const cases: readonly (readonly [name: string, value: unknown, message: string])[] = [
    ["nothing", undefined, `${task}, found nothing`],
    ["null", null, `${task}, found null`],
    ["a list", [1, 2], `${task}, found a list of 2`],
    ["no train", set("train"), `${demonstrations}, found nothing`],
    ["empty train", set("train", []), `${demonstrations}, found a list of 0`],
    ["train an object", set("train", { length: 1 }), `${demonstrations}, found an object`],
    ["no test", set("test"), `${tests}, found nothing`],
    ["empty test", set("test", []), `${tests}, found a list of 0`],
    ["pair a number", set("train.1", 7), "train[1]: expected a pair {input, output}, found 7"],
    [
      "test a function",
      set("test.0", row),
      "test[0]: expected a test {input} or {input, output}, found a function",
    ],
    ["no input", set("train.1.input"), `train[1].input: ${grid}, found nothing`],
    ["no output", set("train.1.output"), `train[1].output: ${grid}, found nothing`],
    ["answer null", set("test.0.output", null), `test[0].output: ${grid}, found null`],
    [
      "grid a string",
      set("train.0.input", "x".repeat(50)),
      `train[0].input: ${grid}, found "${"x".repeat(20)}..."`,
    ],
    ["no rows", set("test.0.input", []), `test[0].input: ${grid}, found a list of 0`],
    ["31 rows", set("test.1.output", rows(31)), `test[1].output: ${grid}, found a list of 31`],
    ["row a number", set("train.0.output.0", 5), `train[0].output[0]: ${cells}, found 5`],
    ["empty row", set("train.0.output.0", []), `train[0].output[0]: ${cells}, found a list of 0`],
    ["31 cells", set("train.0.output.0", row(31)), `train[0].output[0]: ${cells}, found a list of 31`],
    [
      "ragged",
      set("train.1.output.1", [7]),
      "train[1].output[1]: expected 2 cells as in the first row, found a list of 1",
    ],
    ["colour 10", set("train.1.output.1.0", 10), `train[1].output[1][0]: ${colour}, found 10`],
    ["colour -1", set("test.0.input.0.0", -1), `test[0].input[0][0]: ${colour}, found -1`],
    ["colour 1.5", set("test.0.input.0.0", 1.5), `test[0].input[0][0]: ${colour}, found 1.5`],
    ["colour NaN", set("test.0.input.0.0", Number.NaN), `test[0].input[0][0]: ${colour}, found NaN`],
    ["colour a string", set("test.0.input.0.0", "1"), `test[0].input[0][0]: ${colour}, found "1"`],
    ["colour null", set("test.0.input.0.0", null), `test[0].input[0][0]: ${colour}, found null`],
    ["a hole in a row", set("train.1.output.0.1"), `train[1].output[0][1]: ${colour}, found nothing`],
    ["a hole for a row", set("train.1.output.1"), `train[1].output[1]: ${cells}, found nothing`],
    ["a hole for a pair", set("train.0"), "train[0]: expected a pair {input, output}, found nothing"],
  ];

  it.each(cases)("is refused: %s", (_name, value, message) => {
    const error = refusal(() => checkTask(value, "007bbfb7", "data.json"));
    expect(error.message).toBe(`data.json: task 007bbfb7: ${message}`);
    expect(error.code).toBe("bad-task");
  });

  it("is named without a file where there is none", () => {
    expect(refusal(() => checkTask(1, "t")).message).toBe("task t: expected a task {train, test}, found 1");
    expect(refusal(() => checkGrid([])).message).toBe("expected a grid of 1 to 30 rows, found a list of 0");
    expect(refusal(() => checkPair({ input: [[1]] }, { field: "[3]" })).message).toMatch(/^\[3\]\.output: /);
  });

  it("never gets through, whatever it is", () => {
    const colour = (cell: unknown) =>
      Number.isInteger(cell) && (cell as number) >= 0 && (cell as number) <= 9;
    const row = fc.array(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.anything()));
    const grid = fc.oneof(fc.array(row), fc.anything({ maxDepth: 4 }));
    fc.assert(
      fc.property(grid, (value) => {
        let checked: ReturnType<typeof checkGrid>;
        try {
          checked = checkGrid(value);
        } catch (error) {
          expect(error).toBeInstanceOf(JigsawError);
          return;
        }
        expect(checked.every((cells) => cells.length === checked[0]!.length && cells.every(colour))).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("does no harm with keys that name prototypes", () => {
    const text = `{"__proto__": {"train": [], "polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}`;
    expect(refusal(() => checkTask(JSON.parse(text), "t")).message).toMatch(/^task t: train: expected/);
    const task = checkTask({ ...good(), ...JSON.parse(text) }, "__proto__");
    expect(Object.keys(task)).toEqual(["id", "train", "test"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

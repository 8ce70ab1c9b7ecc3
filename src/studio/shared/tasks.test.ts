/** Held against the schema by which the server checks. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { taskSchema } from "./protocol.ts";
import { checkStudioTask, MOST_PAIRS } from "./tasks.ts";

const often = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: usual, weight: 30 }, { arbitrary: other, weight: 1 });
const cell = often(fc.integer({ min: 0, max: 9 }), fc.constantFrom(-1, 10, 0.5, "1", null));
const row = fc.array(cell, { minLength: 2, maxLength: 2 });
const grid = often(
  fc.array(often(row, fc.constantFrom([], [1], Array(31).fill(1))), { minLength: 1, maxLength: 3 }),
  fc.constantFrom([], Array(31).fill([1, 1]), "1", undefined),
);
const pair = fc.record({ input: grid, output: grid });
const test = fc.record({ input: grid, output: grid }, { requiredKeys: ["input"] });
const list = (of: fc.Arbitrary<unknown>) =>
  often(fc.array(of, { minLength: 1, maxLength: 2 }), fc.constantFrom([], {}, undefined));
const task = fc.record({
  id: often(fc.string({ minLength: 1 }), fc.constantFrom("", 7, undefined, "x".repeat(121), "x".repeat(120))),
  train: list(pair),
  test: list(test),
});

const taken = (value: { id: unknown }) => {
  try {
    return checkStudioTask(value, value.id);
  } catch {
    return undefined;
  }
};

it("takes what the server takes, and gives the same task", () => {
  let counts = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(task, (one) => {
      const { data } = taskSchema.safeParse(one);
      expect(taken(one)).toEqual(data);
      counts = data ? { ...counts, taken: counts.taken + 1 } : { ...counts, refused: counts.refused + 1 };
    }),
    { numRuns: 500 },
  );
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(20);
});

it("takes as many pairs as the server does, and no more", () => {
  const one = { input: [[1]], output: [[2]] };
  const of = (train: number, tests: number) => ({
    id: "many",
    train: Array(train).fill(one),
    test: Array(tests).fill(one),
  });
  expect(taken(of(MOST_PAIRS, MOST_PAIRS))).toEqual(of(MOST_PAIRS, MOST_PAIRS));
  expect(() => checkStudioTask(of(MOST_PAIRS + 1, 1), "many", "a.json")).toThrow(
    "a.json: has 13 demonstrations; the studio takes 12 at most",
  );
  expect(() => checkStudioTask(of(1, MOST_PAIRS + 1), "many")).toThrow("has 13 test inputs");
});

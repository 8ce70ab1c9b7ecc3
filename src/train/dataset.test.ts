import { describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import type { PairPool } from "../datasets/re-arc.ts";
import { families } from "../puzzles/index.ts";
import { augmentedDataset, puzzleDataset, sourceDataset, taskSource } from "./dataset.ts";
import { poolSource } from "./node/data.ts";

/** A pair that is told by its number. */
const pair = (n: number) => ({ input: [[n]], output: [[n, n]] });
const task: Task = { id: "t", train: [pair(0), pair(1), pair(2)], test: [pair(3), pair(4)] };
const numbers = ({ train, test }: Task) => ({
  train: train.map(({ input }) => input[0]![0]),
  test: test.map(({ input }) => input[0]![0]),
});
const draws = <T>(count: number, draw: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));

describe("puzzleDataset", () => {
  const dataset = puzzleDataset([families.flip, families.gravity], ["easy", "medium"], 2, 5);

  it("gives the same task for an index, in any order, and others for other indices and attempts", () => {
    const forward = draws(20, (i) => dataset(i));
    const backward = draws(20, (i) => dataset(19 - i)).reverse();
    expect(forward).toEqual(backward);
    expect(new Set(forward.map((one) => JSON.stringify(one.train))).size).toBe(20);
    expect(dataset(3, 1)).not.toEqual(dataset(3));
    expect(dataset(3, 1)).toEqual(dataset(3, 1));
  });

  it("has the demonstrations asked for, and a known answer", () => {
    for (const { train, test } of draws(10, (i) => dataset(i))) {
      expect(train).toHaveLength(2);
      expect(test).toHaveLength(1);
      expect(test[0]!.output).toBeDefined();
    }
  });
});

describe("taskSource", () => {
  it("gives each test in turn, and the demonstrations as they stand", () => {
    const found = draws(30, (i) => numbers(taskSource(task, false)(random("x", i))));
    expect(new Set(found.map(({ train }) => train.join()))).toEqual(new Set(["0,1,2"]));
    expect(new Set(found.map(({ test }) => test.join()))).toEqual(new Set(["3", "4"]));
  });

  it("shuffles all known pairs, as many demonstrations as the task has, none twice", () => {
    const found = draws(200, (i) => numbers(taskSource(task, true)(random("x", i))));
    for (const { train, test } of found) expect(new Set([...train, ...test]).size).toBe(4);
    expect(new Set(found.flatMap(({ test }) => test))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it("takes the last demonstration where no test's output is known", () => {
    const secret = { ...task, test: [{ input: [[9]] }] };
    expect(numbers(taskSource(secret, false)(random("x")))).toEqual({ train: [0, 1], test: [2] });
  });

  it("refuses a task with nothing to learn", () => {
    const poor = { id: "poor", train: [pair(0)], test: [{ input: [[9]] }] };
    expect(() => taskSource(poor, false)).toThrow(JigsawError);
    expect(() => taskSource(poor, false)).toThrow("task poor has no pair to learn from");
  });
});

describe("poolSource", () => {
  const pool: PairPool = { id: "rule", file: "f.jsonl", size: 9, pair };

  it("draws other pairs each time", () => {
    const source = poolSource(pool, 3);
    const found = draws(20, (i) => numbers(source(random("x", i))));
    expect(found[0]!.train).toHaveLength(3);
    expect(new Set(found.map(({ test }) => test.join())).size).toBeGreaterThan(4);
  });

  it("refuses a pool that is too small before anything is trained", () => {
    expect(() => poolSource({ ...pool, size: 3 }, 3)).toThrow("3 different pairs are too few");
  });
});

describe("sourceDataset", () => {
  const sources = draws(7, (i) => taskSource({ ...task, id: `t${i}` }, true));
  const dataset = sourceDataset(sources, 2);

  it("gives every source once a round, in another order each round", () => {
    const rounds = draws(4, (round) => draws(7, (i) => dataset(7 * round + i).id));
    for (const ids of rounds) expect(new Set(ids).size).toBe(7);
    expect(new Set(rounds.map((ids) => ids.join())).size).toBe(4);
  });

  it("does not depend on the order of asking", () => {
    const again = sourceDataset(sources, 2);
    const backward = draws(21, (i) => again(20 - i)).reverse();
    expect(backward).toEqual(draws(21, (i) => dataset(i)));
  });

  it("gives other draws for further attempts", () => {
    const ids = draws(30, (attempt) => dataset(0, attempt).id);
    expect(new Set(ids).size).toBeGreaterThan(4);
  });
});

it("augments each task in its own way, always the same", () => {
  const plain = puzzleDataset([families.flip], ["easy"], 3, 1);
  const augmented = augmentedDataset(plain, 1);
  const cells = ({ train }: Task) => train.reduce((sum, { input }) => sum + input.flat().length, 0);
  const found = draws(10, (i) => augmented(i));
  expect(found).toEqual(draws(10, (i) => augmented(i)));
  expect(found.map(cells)).toEqual(draws(10, (i) => cells(plain(i))));
  expect(found.filter((one, i) => JSON.stringify(one) === JSON.stringify(plain(i)))).toHaveLength(0);
});

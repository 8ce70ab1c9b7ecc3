import { describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { argmax } from "./distribution.ts";
import { ORDERS, type OrderName, orders, scoreBy } from "./orders.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { rankBy } from "./rounds.ts";

const model = { config: tinyConfig() };

const prediction = (slot: number, ...some: number[]) => {
  const distribution = { first: 0, probabilities: Float64Array.from({ length: 10 }, (_, i) => some[i] ?? 0) };
  return { slot, distribution, choice: argmax(distribution) };
};
// Confidences 0.5, 0.5, 0.45, 0.6; the first is torn between two, the third only between many.
const predictions = [
  prediction(0, 0.5, 0.5),
  prediction(1, 0, 0.5, 0.25, 0.25),
  prediction(2, 0.11, 0, 0.45, 0.11, 0.11, 0.11, 0.11),
  prediction(3, 0, 0, 0, 0.6, 0.4),
];
const facts = { background: 2, ranks: [1, 3, 0, 2] };

describe("an order", () => {
  it.each<[OrderName, number[]]>([
    ["confidence", [3, 0, 1, 2]],
    ["entropy", [3, 0, 1, 2]],
    ["margin", [2, 1, 3, 0]],
    ["random", [1, 3, 0, 2]],
    ["raster", [0, 1, 2, 3]],
    ["background", [2, 3, 0, 1]],
  ])("by %s ranks cells as counted by hand", (name, cells) => {
    expect(rankBy(predictions, (one) => orders[name](one, facts)).map(({ slot }) => slot)).toEqual(cells);
  });

  it("puts all background before the surest of the others, most confident first within", () => {
    const some = [prediction(0, 0, 1), prediction(1, 0, 0, 0.4, 0.3), prediction(2, 0, 0, 0.8)];
    expect(rankBy(some, (one) => orders.background(one, facts)).map(({ slot }) => slot)).toEqual([2, 1, 0]);
  });

  it("at random is the same for a seed, and another for another", () => {
    const prompt = promptOf(model, { id: "a", train: [], test: [{ input: [[4]] }] });
    const some = Array.from({ length: 20 }, (_, slot) => prediction(slot, 1));
    const order = (seed: number) => rankBy(some, scoreBy("random", prompt, 20, seed)).map(({ slot }) => slot);
    expect(order(1)).toEqual(order(1));
    expect(order(2)).not.toEqual(order(1));
    expect(order(1).toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(ORDERS).toContain("random");
  });

  it("by background is refused where the answer is no grid", () => {
    const { format } = promptOf(model, { id: "a", train: [], test: [{ input: [[4]] }] });
    const { grid: _, ...line } = format;
    expect(() => scoreBy("background", { format: line }, 4, 1)).toThrow("about grids");
  });
});

describe("the background", () => {
  it("is the colour most frequent in the test input and the demonstrations' outputs, the lowest of equals", () => {
    const pair = { input: [[7, 7, 7, 7, 7, 7]], output: [[3, 3, 1]] };
    const task = { id: "b", train: [pair], test: [{ input: [[1, 5, 3]] }] };
    const backgroundOf = (of: Task) => promptOf(model, of).format.grid!.background;
    expect(backgroundOf(task)).toBe(3);
    expect(backgroundOf({ ...task, test: [{ input: [[1, 1, 3]] }] })).toBe(1);
  });
});

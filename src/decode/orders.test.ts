import { describe, expect, it } from "vitest";
import { promptOf } from "./decoder.ts";
import { best } from "./distribution.ts";
import { backgroundOf, ORDERS, type OrderName, orderFacts, orders } from "./orders.ts";
import { rank } from "./rounds.ts";

const reading = (cell: number, ...some: number[]) => {
  const distribution = { first: 0, probabilities: Float64Array.from({ length: 10 }, (_, i) => some[i] ?? 0) };
  return { cell, distribution, choice: best(distribution) };
};
// Confidences 0.5, 0.5, 0.45, 0.6; the first is torn between two, the third only between many.
const readings = [
  reading(0, 0.5, 0.5),
  reading(1, 0, 0.5, 0.25, 0.25),
  reading(2, 0.11, 0, 0.45, 0.11, 0.11, 0.11, 0.11),
  reading(3, 0, 0, 0, 0.6, 0.4),
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
    expect(rank(readings, (one) => orders[name](one, facts)).map(({ cell }) => cell)).toEqual(cells);
  });

  it("puts all background before the surest of the others, most confident first within", () => {
    const some = [reading(0, 0, 1), reading(1, 0, 0, 0.4, 0.3), reading(2, 0, 0, 0.8)];
    expect(rank(some, (one) => orders.background(one, facts)).map(({ cell }) => cell)).toEqual([2, 1, 0]);
  });

  it("at random is the same for a seed, and another for another", () => {
    const prompt = promptOf({ id: "a", train: [], test: [{ input: [[4]] }] }, 0);
    const ranks = (seed: number) => orderFacts(prompt, 20, seed).ranks;
    expect(ranks(1)).toEqual(ranks(1));
    expect(ranks(2)).not.toEqual(ranks(1));
    expect(ranks(1).toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(ORDERS).toContain("random");
  });
});

describe("the background", () => {
  it("is the colour most frequent in the test input and the demonstrations' outputs, the lowest of equals", () => {
    const pair = { input: [[7, 7, 7, 7, 7, 7]], output: [[3, 3, 1]] };
    const task = { id: "b", train: [pair], test: [{ input: [[1, 5, 3]] }] };
    expect(backgroundOf(promptOf(task, 0))).toBe(3);
    expect(backgroundOf(promptOf({ ...task, test: [{ input: [[1, 1, 3]] }] }, 0))).toBe(1);
  });
});

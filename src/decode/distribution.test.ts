import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argmax, argmaxAmong, choiceOf, distributionOf, entropy, probabilityOf } from "./distribution.ts";

const logits = (rows: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: rows * 64, maxLength: rows * 64 })
    .map((values) => Float32Array.from(values));
const of = (first: number, ...probabilities: number[]) => ({
  first,
  probabilities: Float64Array.from(probabilities),
});

describe("a distribution", () => {
  it("is the softmax over the ids that can stand there", () => {
    fc.assert(
      fc.property(logits(3), fc.integer({ min: 0, max: 2 }), (table, row) => {
        const cases = [
          { from: 0, to: 10, found: distributionOf(table, { first: 0, count: 10 }, row * 64) },
          { from: 17, to: 47, found: distributionOf(table, { first: 17, count: 30 }, row * 64) },
        ];
        for (const { from, to, found } of cases) {
          const powers = [...table.subarray(row * 64 + from, row * 64 + to)].map(Math.exp);
          const total = powers.reduce((a, b) => a + b);
          expect(found.first).toBe(from);
          expect(found.probabilities.length).toBe(to - from);
          for (const [i, p] of found.probabilities.entries()) expect(p).toBeCloseTo(powers[i]! / total, 10);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("stays a distribution for the largest scores", () => {
    const table = new Float32Array(64).fill(-3e38);
    table[4] = 3e38;
    expect([...distributionOf(table, { first: 0, count: 10 }).probabilities]).toEqual([
      0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    ]);
  });
});

describe("the best choice", () => {
  it("is the likeliest id, the lowest of equals, and the next like it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 12 }), (weights) => {
        const ranked = weights.map((weight, id) => ({ weight, id: 17 + id }));
        ranked.sort((a, b) => b.weight - a.weight || a.id - b.id);
        const choice = argmax(of(17, ...weights.map((weight) => weight / 10)));
        expect([choice.id, choice.runnerUp]).toEqual([ranked[0]!.id, ranked[1]!.id]);
        expect(choice.probability).toBe(ranked[0]!.weight / 10);
        expect(choice.runnerUpProbability).toBe(ranked[1]!.weight / 10);
      }),
    );
  });

  it("is a tie where less than 1e-4 decided it", () => {
    expect(argmax(of(0, 0.4, 0.4)).tie).toBe(true);
    expect(argmax(of(0, 0.4, 0.39995)).tie).toBe(true);
    expect(argmax(of(0, 0.4, 0.3998)).tie).toBe(false);
    expect(argmax(of(0, 0.1, 0.4, 0.39995)).tie).toBe(true);
  });

  it("is made among some ids alone, or of an id that is given", () => {
    const logits = Float32Array.of(3, 9, 1, 2);
    expect(argmaxAmong(logits, [0, 2, 3])).toMatchObject({ id: 0, runnerUp: 3 });
    const distribution = of(4, 0.2, 0.5, 0.3);
    expect(choiceOf(distribution, 5)).toEqual(argmax(distribution));
    expect(choiceOf(distribution, 4)).toMatchObject({ id: 4, probability: 0.2, runnerUp: 5 });
    expect([probabilityOf(distribution, 6), probabilityOf(distribution, 9)]).toEqual([0.3, 0]);
    expect(entropy(of(0, 0.5, 0.5, 0))).toBeCloseTo(Math.LN2, 12);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "./random.ts";

/** Pearson's statistic of counts against a uniform distribution. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The value that a chi-square statistic exceeds once in a thousand times (Wilson and Hilferty's approximation). */
const ceiling = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 3.09 * Math.sqrt(2 / (9 * degrees))) ** 3;

const count = (size: number, draws: Iterable<number>): number[] => {
  const counts = new Array<number>(size).fill(0);
  for (const draw of draws) counts[draw]!++;
  return counts;
};
const times = <T>(n: number, draw: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => draw(i));

describe("a stream of random numbers", () => {
  it("is the same for the same key, and another for another", () => {
    const key = fc.array(fc.oneof(fc.string({ maxLength: 6 }), fc.integer()), { minLength: 1, maxLength: 4 });
    const first = (of: (string | number)[]) => times(4, random(...of).float);
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(first(a)).toEqual(first(a));
        // Keys are told apart by their text: 1 and "1" are the same.
        if (a.map(String).join("\0") !== b.map(String).join("\0")) expect(first(a)).not.toEqual(first(b));
      }),
    );
  });

  it("tells keys apart by their parts, not by the text that they make together", () => {
    expect(random("ab", "c").float()).not.toBe(random("a", "bc").float());
    expect(random("s", 1, 23).float()).not.toBe(random("s", 12, 3).float());
    expect(random("s", 1).float()).not.toBe(random("s", 1, 0).float());
  });

  it("draws the same numbers on every machine and in every release", () => {
    const { float, int, normal } = random("pinned", 1);
    expect([float(), int(0, 999)]).toEqual([0.3698499605146821, 185]);
    expect(normal()).toBeCloseTo(0.143636512435657, 12);
  });

  it("has nothing to do with its neighbours: correlations of near keys are those of chance", () => {
    const n = 4000;
    const streams = times(12, (i) => times(n, random("batch", 1, i).float));
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        const product = a.reduce((sum, x, k) => sum + (x - 0.5) * (b[k]! - 0.5), 0);
        // Twelve times the mean product is the correlation; its standard deviation is 1 / sqrt(n).
        expect(Math.abs((12 * product) / n) * Math.sqrt(n)).toBeLessThan(4.5);
      }
    }
  });

  it("has first draws that are uniform over consecutive keys", () => {
    const firsts = times(20_000, (i) => random("task", 7, i).int(0, 99));
    expect(chiSquare(count(100, firsts))).toBeLessThan(ceiling(99));
  });
});

describe("draws", () => {
  it("of floats fill [0, 1) evenly, serial pairs too", () => {
    const { float } = random("floats", 1);
    const draws = times(40_000, float);
    expect(draws.every((x) => x >= 0 && x < 1)).toBe(true);
    const tenth = draws.map((x) => Math.floor(x * 10));
    expect(chiSquare(count(10, tenth))).toBeLessThan(ceiling(9));
    const pairs = tenth.slice(1).map((x, i) => 10 * tenth[i]! + x);
    expect(chiSquare(count(100, pairs))).toBeLessThan(ceiling(99));
  });

  it("of integers keep to both ends, and reach all between evenly", () => {
    const { int } = random("ints", 1);
    const draws = times(20_000, () => int(-3, 7));
    expect(new Set(draws)).toEqual(new Set(times(11, (i) => i - 3)));
    expect(
      chiSquare(
        count(
          11,
          draws.map((x) => x + 3),
        ),
      ),
    ).toBeLessThan(ceiling(10));
    expect(times(20, () => int(5, 5))).toEqual(times(20, () => 5));
  });

  it("of chances hold as often as they say", () => {
    for (const p of [0.05, 0.5, 0.8]) {
      const { chance } = random("chance", p);
      const hits = times(20_000, () => chance(p)).filter(Boolean).length;
      expect(Math.abs(hits - 20_000 * p)).toBeLessThan(4 * Math.sqrt(20_000 * p * (1 - p)));
    }
    expect(times(100, () => random("never").chance(0))).not.toContain(true);
    expect(times(100, () => random("always").chance(1))).not.toContain(false);
  });

  it("of normals have the moments of the standard normal distribution, and its tails", () => {
    const { normal } = random("normals", 1);
    const n = 40_000;
    const draws = times(n, normal);
    const moment = (k: number) => draws.reduce((sum, x) => sum + x ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    expect(draws.every(Number.isFinite)).toBe(true);
    const beyond = draws.filter((x) => Math.abs(x) > 1.959964).length;
    expect(Math.abs(beyond - 0.05 * n)).toBeLessThan(4 * Math.sqrt(0.05 * 0.95 * n));
  });

  it("of samples are permutations, and leave the items as they are", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.string(), (items, key) => {
        const before = [...items];
        const shuffled = random(key).sample(items);
        const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);
        expect(sorted(shuffled)).toEqual(sorted(items));
        expect(items).toEqual(before);
      }),
    );
  });

  it("of a few from many are different ones, every order alike", () => {
    const { sample } = random("samples", 1);
    const draws = times(24_000, () => sample([0, 1, 2, 3], 2));
    expect(draws.every(([a, b]) => a !== b)).toBe(true);
    // The 12 ordered pairs, numbered without gaps.
    const numbered = draws.map(([a, b]) => 3 * a! + (b! > a! ? b! - 1 : b!));
    expect(chiSquare(count(12, numbered))).toBeLessThan(ceiling(11));
  });

  it("of whole shuffles reach every order alike", () => {
    const { sample } = random("shuffles", 1);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = sample([0, 1, 2, 3]).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(chiSquare([...orders.values()])).toBeLessThan(ceiling(23));
  });

  it("of picks take every item alike", () => {
    const { pick } = random("picks", 1);
    const draws = times(14_000, () => pick([0, 1, 2, 3, 4, 5, 6]));
    expect(chiSquare(count(7, draws))).toBeLessThan(ceiling(6));
  });
});

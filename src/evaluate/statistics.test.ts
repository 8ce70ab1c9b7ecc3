import { describe, expect, it } from "vitest";
import { bootstrapMedian, mcnemar, mean, median, wilson } from "./statistics.ts";

describe("mean and median", () => {
  it("are those of odd and even numbers of values, and unknown of none", () => {
    expect([mean([1, 2, 6]), median([6, 1, 2]), median([4, 1, 2, 9])]).toEqual([3, 2, 3]);
    expect([mean([]), median([])]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("wilson", () => {
  it.each([
    [8, 10, 0.4901625, 0.9433178],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
  ])("%i of %i", (successes, trials, low, high) => {
    const interval = wilson(successes, trials);
    expect(interval[0]).toBeCloseTo(low, 5);
    expect(interval[1]).toBeCloseTo(high, 5);
  });

  it("knows nothing without trials", () => expect(wilson(0, 0)).toEqual([0, 1]));
});

describe("mcnemar", () => {
  it.each([
    [1, 8, 0.0390625],
    [8, 1, 0.0390625],
    [0, 5, 0.0625],
    [0, 0, 1],
    [3, 3, 1],
  ])("%i against %i", (one, other, p) => expect(mcnemar(one, other)).toBeCloseTo(p, 10));

  it("is a probability of many pairs too", () => {
    expect(mcnemar(1500, 1500)).toBe(1);
    expect(mcnemar(1400, 1600)).toBeGreaterThan(2e-4);
    expect(mcnemar(1400, 1600)).toBeLessThan(4e-4);
  });
});

describe("bootstrapMedian", () => {
  it("holds the median, is narrower of more values, and is the same again", () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => ((i * 37) % count) / count);
    const [few, many] = [bootstrapMedian(values(11), "a"), bootstrapMedian(values(301), "a")];
    expect(few[0]).toBeLessThan(median(values(11)));
    expect(few[1]).toBeGreaterThan(median(values(11)));
    expect(many[1] - many[0]).toBeLessThan((few[1] - few[0]) / 2);
    expect(bootstrapMedian(values(11), "a")).toEqual(few);
  });
});

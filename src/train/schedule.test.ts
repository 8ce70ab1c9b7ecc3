import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCHEDULES, scheduleFactor } from "./schedule.ts";

describe.each(SCHEDULES)("%s", (kind) => {
  it("rises in a line over the warm-up to the peak", () => {
    const factors = [0, 1, 2, 3].map((step) => scheduleFactor(kind, step, 100, 4));
    expect(factors).toEqual([0.25, 0.5, 0.75, 1]);
    expect(scheduleFactor(kind, 4, 100, 4)).toBe(1);
  });

  it("never rises after the warm-up, nor leaves [0, 1]", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (steps, part) => {
          const warmup = Math.round(part * steps);
          let last = 1;
          for (let step = warmup; step < steps; step++) {
            const factor = scheduleFactor(kind, step, steps, warmup);
            expect(factor).toBeLessThanOrEqual(last);
            expect(factor).toBeGreaterThanOrEqual(0);
            last = factor;
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

it.each([
  ["cosine", 0.5],
  ["linear", 0.5],
  ["stable", 1],
  ["constant", 1],
] as const)("%s is at %f half-way", (kind, factor) => {
  expect(scheduleFactor(kind, 55, 100, 10)).toBeCloseTo(factor, 12);
});

it("stable falls over the last two fifths", () => {
  expect(scheduleFactor("stable", 60, 100, 0)).toBeCloseTo(1, 12);
  expect(scheduleFactor("stable", 80, 100, 0)).toBeCloseTo(0.5, 12);
});

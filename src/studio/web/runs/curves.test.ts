import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MetricsLine } from "../../shared/protocol.ts";
import { align, type Curve, figure, metricsOf, nearest, newCurve, smooth, take, thin } from "./curves.ts";

const line = (step: number, loss: number, more: Partial<MetricsLine> = {}): MetricsLine => ({
  ...{ step, loss, learning_rate: 0.01, sequences_per_second: 5 },
  ...more,
});
const curve = (...lines: MetricsLine[]): Curve => ({ ...newCurve, lines });

describe("a run that comes in", () => {
  it("grows, and begins anew where it was resumed", () => {
    let now = take(newCurve, { type: "settings", settings: { seed: 1 }, steps: 9 });
    now = take(now, { type: "metrics", lines: [line(2, 3), line(4, 2)] });
    now = take(now, { type: "metrics", lines: [line(6, 1)] });
    expect(now.lines.map(({ step }) => step)).toEqual([2, 4, 6]);
    now = take(now, { type: "metrics", lines: [line(2, 3), line(4, 2.5)], restart: true });
    expect(now).toEqual({ lines: [line(2, 3), line(4, 2.5)], steps: 9, settings: { seed: 1 } });
  });
});

describe("smoothing", () => {
  it("of nothing changes nothing, and a constant stays", () => {
    expect(smooth([1, null, 4], 0)).toEqual([1, null, 4]);
    expect(smooth([2, 2, 2], 0.9).map((value) => value!.toFixed(9))).toEqual([
      "2.000000000",
      "2.000000000",
      "2.000000000",
    ]);
  });

  it("is the weighted mean of what came before, as written out", () => {
    // Weights 1, 0.5, 0.25 from the newest on.
    expect(smooth([8, 4, null, 2], 0.5)[3]).toBeCloseTo((2 + 0.5 * 4 + 0.25 * 8) / 1.75, 12);
  });

  it("stays between the least and the greatest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (values, weight) => {
          const [low, high] = [Math.min(...values), Math.max(...values)];
          for (const value of smooth(values, weight)) {
            expect(value).toBeGreaterThanOrEqual(low - 1e-6);
            expect(value).toBeLessThanOrEqual(high + 1e-6);
          }
        },
      ),
    );
  });
});

describe("several runs on one axis", () => {
  it("have a value where they have a step", () => {
    const both = align([curve(line(2, 5), line(4, 4)), curve(line(1, 9), line(4, 8))], "loss");
    expect(both).toEqual({
      steps: [1, 2, 4],
      values: [
        [null, 5, 4],
        [9, null, 8],
      ],
    });
  });

  it("are smoothed each by itself", () => {
    const alone = align([curve(line(1, 5), line(3, 4))], "loss", 0.8).values[0]!.filter(
      (value) => value !== null,
    );
    const beside = align([curve(line(1, 5), line(3, 4)), curve(line(2, 100))], "loss", 0.8).values[0]!;
    expect(beside.filter((value) => value !== null)).toEqual(alone);
  });

  it("show what any of them measured, and no number that is none", () => {
    const [a, b] = [curve(line(1, Number.NaN)), curve(line(1, 2, { solve_rate: 0.5 }))];
    expect(metricsOf([a])).toEqual(["loss", "rate", "speed"]);
    expect(metricsOf([a, b])).toEqual(["loss", "solve", "rate", "speed"]);
    expect(align([a, b], "loss").values).toEqual([[null], [2]]);
    expect(align([a, b], "solve").values).toEqual([[null], [0.5]]);
    expect(metricsOf([])).toEqual([]);
  });
});

it("finds the nearest step", () => {
  expect([0, 2, 3, 4, 99].map((step) => nearest([2, 4, 8], step))).toEqual([0, 0, 1, 1, 2]);
  expect(nearest([], 3)).toBe(-1);
});

it("thins lines out evenly, first and last kept", () => {
  const many = Array.from({ length: 101 }, (_, i) => i);
  expect(thin(many, 5)).toEqual([0, 25, 50, 75, 100]);
  expect(thin([1, 2], 5)).toEqual([1, 2]);
});

it("writes figures in few digits", () => {
  expect([0.5234, 42.12, 1930.4, 0.00002, 0, null, Number.NaN].map(figure)).toEqual([
    "0.523",
    "42.1",
    "1,930",
    "2.0e-5",
    "0",
    "–",
    "–",
  ]);
});

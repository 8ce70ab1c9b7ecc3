// What samples tell: medians, intervals and paired tests.
import { random } from "../core/random.ts";

/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054;

export type Interval = readonly [low: number, high: number];

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The arithmetic mean; NaN of nothing. */
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Null for NaN: the mean or median of nothing. */
export const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** The quantile of sorted values, linear between neighbours; NaN of nothing. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at));
}

/** The median (of an even number of values, the mean of the two in the middle); NaN of nothing. */
export const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/** Wilson's 95 % interval of a proportion (Wilson 1927); [0, 1] of no trials. */
export function wilson(successes: number, trials: number): [number, number] {
  if (trials === 0) return [0, 1];
  const p = successes / trials;
  const scale = 1 + Z ** 2 / trials;
  const centre = (p + Z ** 2 / (2 * trials)) / scale;
  const spread = (Z / scale) * Math.sqrt((p * (1 - p)) / trials + Z ** 2 / (4 * trials ** 2));
  return [Math.max(0, centre - spread), Math.min(1, centre + spread)];
}

/**
 * McNemar's exact test: the two-sided p value of pairs that differ, `one` in one direction and `other` in the other,
 * when each direction is as likely (a sign test).
 */
export function mcnemar(one: number, other: number): number {
  const pairs = one + other;
  let logTerm = -pairs * Math.LN2;
  let tail = 0;
  for (let i = 0; i <= Math.min(one, other); i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((pairs - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}

const RESAMPLES = 1000;

/**
 * The 95 % percentile bootstrap interval (Efron 1979) of a statistic of `items`, drawn again with replacement; the same
 * for the same key.
 */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (sample: readonly T[]) => number,
  key: string,
): Interval {
  const { int } = random("bootstrap", key, items.length);
  const found = Array.from({ length: RESAMPLES }, () =>
    statistic(items.map(() => items[int(0, items.length - 1)]!)),
  ).sort((a, b) => a - b);
  return [quantile(found, 0.025), quantile(found, 0.975)];
}

export const bootstrapMedian = (values: readonly number[], key: string): Interval =>
  bootstrap(values, median, key);

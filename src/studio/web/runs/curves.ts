// Training curves as data: lines as they come in, smoothed, and several runs on one axis.
import type { MetricsLine, RunEvent } from "../../shared/protocol.ts";

/** A training run as far as it is known. */
export interface Curve {
  readonly lines: readonly MetricsLine[];
  /** Steps that it is to do; 0 while that is not known. */
  readonly steps: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A curve before its first event. */
export const newCurve: Curve = { lines: [], steps: 0, settings: {} };

/** The curve after an event. */
export function take(curve: Curve, event: RunEvent): Curve {
  if (event.type === "settings") return { ...curve, steps: event.steps, settings: event.settings };
  return { ...curve, lines: [...(event.restart ? [] : curve.lines), ...event.lines] };
}

/** What is drawn, each in a plot of its own. */
export const METRICS = {
  loss: { title: "Loss", of: (line) => line.loss, noisy: true },
  solve: { title: "Solve rate", of: (line) => line.solve_rate, noisy: true },
  rate: { title: "Learning rate", of: (line) => line.learning_rate, noisy: false },
  speed: { title: "Sequences a second", of: (line) => line.sequences_per_second, noisy: true },
} as const satisfies Record<
  string,
  {
    readonly title: string;
    readonly of: (line: MetricsLine) => number | undefined;
    /** Whether smoothing shows more than it hides. */
    readonly noisy: boolean;
  }
>;

/** A metric that is drawn. */
export type Metric = keyof typeof METRICS;

/** The metrics that any of the runs has. */
export const metricsOf = (curves: readonly Curve[]): Metric[] =>
  (Object.keys(METRICS) as Metric[]).filter((metric) =>
    curves.some(({ lines }) => lines.some((line) => METRICS[metric].of(line) !== undefined)),
  );

/**
 * The exponential mean of what came before, `weight` of it kept at each value (0: the values themselves); as if nothing
 * had been before the first. Gaps stay gaps.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let [sum, total] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}

/** Several runs over the steps of all: a row of values for each run, null where it has none. */
export interface Aligned {
  readonly steps: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** @param weight of smoothing, within each run's own values */
export function align(curves: readonly Curve[], metric: Metric, weight = 0): Aligned {
  const { of } = METRICS[metric];
  const steps = [...new Set(curves.flatMap(({ lines }) => lines.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const at = new Map(steps.map((step, i) => [step, i]));
  const values = curves.map(({ lines }) => {
    const row = new Array<number | null>(steps.length).fill(null);
    const smoothed = smooth(
      lines.map((line) => finite(of(line))),
      weight,
    );
    for (const [i, { step }] of lines.entries()) row[at.get(step)!] = smoothed[i]!;
    return row;
  });
  return { steps, values };
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The index of the step that is nearest to `step`; -1 where there is none. */
export function nearest(steps: readonly number[], step: number): number {
  const after = steps.findIndex((one) => one >= step);
  if (after < 0) return steps.length - 1;
  return after > 0 && step - steps[after - 1]! < steps[after]! - step ? after - 1 : after;
}

/** At most `most` lines, evenly spread, the last one always. */
export function thin<T>(lines: readonly T[], most: number): T[] {
  if (lines.length <= most) return [...lines];
  return Array.from({ length: most }, (_, i) => lines[Math.round((i * (lines.length - 1)) / (most - 1))]!);
}

/** A figure in about three digits: "0.52", "0.0023", "1,930". */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toLocaleString("en-US", { maximumSignificantDigits: Math.abs(value) < 1000 ? 3 : 4 });
}

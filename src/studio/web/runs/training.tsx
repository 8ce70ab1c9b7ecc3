// Training runs, one or several: their figures as a legend, their curves, and the settings in which they differ.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RunSummary } from "../../protocol.ts";
import { Button, Segmented, Slider, Switch } from "../components/controls.tsx";
import { backend } from "../state/backend.ts";
import { Chart, type ChartProps } from "./chart.tsx";
import {
  align,
  type Curve,
  figure,
  METRICS,
  type Metric,
  metricsOf,
  newCurve,
  take,
  thin,
} from "./curves.ts";
import { runColour, runDash } from "./ink.ts";
import { Scroll } from "./scroll.tsx";
import { differing, valueText } from "./selection.ts";

interface Followed {
  readonly curve: Curve;
  readonly error?: string;
}

/** Follows runs for as long as they are shown. */
function useCurves(names: readonly string[]): ReadonlyMap<string, Followed> {
  const [curves, set] = useState<ReadonlyMap<string, Followed>>(new Map());
  useEffect(() => {
    const stop = new AbortController();
    const change = (name: string, of: (now: Followed) => Followed) => {
      if (stop.signal.aborted) return;
      set((now) => new Map(now).set(name, of(now.get(name) ?? { curve: newCurve })));
    };
    const follow = async (name: string) => {
      // What was known stays, so that nothing flickers when another run is added.
      for await (const event of (await backend()).training(name, stop.signal))
        change(name, ({ curve }) => ({ curve: take(curve, event) }));
    };
    for (const name of names) {
      follow(name).catch((error) =>
        change(name, (now) => ({ ...now, error: error instanceof Error ? error.message : String(error) })),
      );
    }
    return () => stop.abort();
  }, [names.join("\n")]);
  return curves;
}

function Swatch({ style }: { readonly style: number }) {
  return (
    <svg class="run-swatch" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="28"
        y1="4"
        y2="4"
        style={{ stroke: runColour(style), strokeWidth: 2.5, strokeDasharray: runDash(style).join(" ") }}
      />
    </svg>
  );
}

interface LegendProps {
  readonly names: readonly string[];
  readonly curves: ReadonlyMap<string, Followed>;
  readonly hidden: ReadonlySet<string>;
  onToggle(name: string): void;
}

/** The runs' newest figures; a run's name turns its curves off and on. */
function Legend({ names, curves, hidden, onToggle }: LegendProps) {
  const solves = names.some((name) =>
    curves.get(name)?.curve.lines.some((line) => line.solve_rate !== undefined),
  );
  return (
    <Scroll label="Newest figures">
      <table class="run-figures" data-testid="legend">
        <caption class="unseen">The runs and their newest figures</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Step</th>
            <th scope="col">Loss</th>
            <th scope="col">Least loss</th>
            {solves && <th scope="col">Solve rate</th>}
            <th scope="col">Learning rate</th>
            <th scope="col">Sequences/s</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name, i) => {
            const { curve, error } = curves.get(name) ?? { curve: newCurve };
            const last = curve.lines.at(-1);
            const losses = curve.lines.map(({ loss }) => loss).filter(Number.isFinite);
            const solve = curve.lines.findLast((line) => line.solve_rate !== undefined)?.solve_rate;
            return (
              <tr key={name} data-testid="legend-row">
                <th scope="row">
                  <button
                    type="button"
                    class="run-toggle"
                    aria-pressed={!hidden.has(name)}
                    onClick={() => onToggle(name)}
                    title={hidden.has(name) ? "Show its curves" : "Hide its curves"}
                  >
                    <Swatch style={i} />
                    {name}
                  </button>
                </th>
                <td>
                  {error ? (
                    <span class="bad">{error}</span>
                  ) : (
                    `${figure(last?.step)}${curve.steps ? ` of ${figure(curve.steps)}` : ""}`
                  )}
                </td>
                <td>{figure(last?.loss)}</td>
                <td>{losses.length > 0 ? figure(losses.reduce((a, b) => Math.min(a, b))) : "–"}</td>
                {solves && <td>{solve === undefined ? "–" : `${(100 * solve).toFixed(1)} %`}</td>}
                <td>{figure(last?.learning_rate)}</td>
                <td>{figure(last?.sequences_per_second)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The same as the curves, for those who don't see them. */
function CurvesTable({ name, curve }: { readonly name: string; readonly curve: Curve }) {
  const metrics = metricsOf([curve]);
  return (
    <Scroll label={`Figures of ${name}`}>
      <table class="run-figures">
        <caption>{name}</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {metrics.map((metric) => (
              <th key={metric} scope="col">
                {METRICS[metric].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {thin(curve.lines, 50).map((line) => (
            <tr key={line.step}>
              <th scope="row">{line.step}</th>
              {metrics.map((metric) => (
                <td key={metric}>{figure(METRICS[metric].of(line))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Settings({
  names,
  curves,
}: {
  readonly names: readonly string[];
  readonly curves: readonly Curve[];
}) {
  const alone = names.length === 1;
  const rows = alone
    ? Object.entries(curves[0]?.settings ?? {})
        .map(([name, value]) => ({ name, values: [valueText(value)] }))
        .filter(({ values }) => values[0] !== "–")
    : differing(curves.map(({ settings }) => settings));
  if (rows.length === 0)
    return alone ? null : <p class="quiet small">The settings of these runs are the same.</p>;
  const table = (
    <Scroll label="Settings">
      <table class="run-figures left">
        <caption class="unseen">Settings</caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, i) => (
                <td key={names[i]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
  if (!alone)
    return (
      <section class="stack">
        <h2>Settings that differ</h2>
        {table}
      </section>
    );
  return (
    <details>
      <summary>Settings</summary>
      {table}
    </details>
  );
}

interface MetricChartProps extends Omit<ChartProps, "title" | "raw" | "smoothed"> {
  readonly metric: Metric;
  readonly curves: readonly Curve[];
  /** Of smoothing. */
  readonly weight: number;
  /** Whether the values are shown that were smoothed. */
  readonly raw: boolean;
}

/** One metric's chart; its data is worked out only when something of it changes. */
function MetricChart({ metric, curves, weight, raw, ...rest }: MetricChartProps) {
  const kept = METRICS[metric].noisy ? weight : 0;
  // Runs that are not shown change nothing: compared one by one.
  const measured = useMemo(
    () => align(curves, metric, raw ? 0 : kept),
    [...curves, curves.length, metric, raw, kept],
  );
  const smoothed = useMemo(
    () => (raw && kept > 0 ? align(curves, metric, kept) : undefined),
    [...curves, curves.length, metric, raw, kept],
  );
  return <Chart title={METRICS[metric].title} raw={measured} smoothed={smoothed} {...rest} />;
}

/** Of these a logarithmic axis tells more, once they are small. */
const LOGARITHMIC: readonly Metric[] = ["loss", "rate"];
type Axis = "linear" | "log";
const AXES = [
  { value: "linear", label: "Linear" },
  { value: "log", label: "Logarithmic" },
] as const;

export function Training({ runs }: { readonly runs: readonly RunSummary[] }) {
  const names = runs.map(({ name }) => name);
  const followed = useCurves(names);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [weight, setWeight] = useState(0.6);
  const [raw, setRaw] = useState(true);
  const [axis, setAxis] = useState<Axis>("linear");
  const [at, setAt] = useState<number>();
  const [range, setRange] = useState<readonly [number, number]>();
  const styles = names.flatMap((name, i) => (hidden.has(name) ? [] : [i]));
  const seen = styles.map((i) => names[i]!);
  const all = names.map((name) => followed.get(name)?.curve ?? newCurve);
  const curves = styles.map((i) => all[i]!);
  const metrics = metricsOf(all);
  const toggle = (name: string) =>
    setHidden((now) => {
      const next = new Set(now);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  const chartOf = (metric: Metric) => (
    <MetricChart
      key={metric}
      metric={metric}
      curves={curves}
      weight={weight}
      raw={raw}
      names={seen}
      styles={styles}
      log={axis === "log" && LOGARITHMIC.includes(metric)}
      height={metric === metrics[0] ? 280 : 200}
      at={at}
      range={range}
      onPoint={setAt}
      onZoom={setRange}
    />
  );
  return (
    <div class="stack wide">
      <Legend names={names} curves={followed} hidden={hidden} onToggle={toggle} />
      <div class="row chart-controls">
        <div class="field smoothing">
          <span>Smoothing {weight === 0 ? "off" : weight.toFixed(2)}</span>
          <Slider
            label="Smoothing"
            value={weight}
            min={0}
            max={0.98}
            step={0.02}
            text={weight === 0 ? "off" : weight.toFixed(2)}
            onChange={setWeight}
            testid="smoothing"
          />
        </div>
        <Switch label="Measured values" on={raw} onChange={setRaw} />
        <Segmented<Axis>
          label="Axis of loss and learning rate"
          value={axis}
          choices={AXES}
          onChange={setAxis}
          testid="axis"
        />
        {range && <Button onClick={() => setRange(undefined)}>All steps</Button>}
      </div>
      {metrics.length === 0 ? (
        <p class="waiting">
          Nothing has been logged yet. Curves appear with the first line of metrics.jsonl.
        </p>
      ) : (
        <div class="stack wide">
          {chartOf(metrics[0]!)}
          <div class="charts">{metrics.slice(1).map(chartOf)}</div>
        </div>
      )}
      <p class="small quiet">
        Drag over a curve to look closer, double-click to see all. With the keyboard: arrow keys walk along
        the steps.
      </p>
      <Settings names={names} curves={all} />
      <details>
        <summary>The curves as tables</summary>
        {names.map((name, i) => (
          <CurvesTable key={name} name={name} curve={all[i]!} />
        ))}
      </details>
    </div>
  );
}

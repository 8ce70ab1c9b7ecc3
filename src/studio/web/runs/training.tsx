// Training runs, one or several: their figures as a legend, their curves, and the settings in which they differ.
import { useMemo, useState } from "preact/hooks";
import type { RunSummary } from "../../shared/protocol.ts";
import { Button, Segmented, Slider, Switch } from "../components/controls.tsx";
import { Chart, type ChartProps } from "./chart.tsx";
import { CurvesTable, Settings } from "./curve-tables.tsx";
import { align, type Curve, METRICS, type Metric, metricsOf, newCurve } from "./curves.ts";
import { Legend } from "./legend.tsx";
import { useCurves } from "./use-curves.ts";

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

/** Training runs: curves, figures and settings. */
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

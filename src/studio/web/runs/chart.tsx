// One metric of several runs over the steps: drawn by uPlot, walked by pointer or by arrow keys.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Aligned, figure, nearest } from "./curves.ts";
import { computedColour, runColour, runDash, useThemeVersion } from "./ink.ts";

export interface ChartProps {
  readonly title: string;
  /** Names of the runs, in the order of the values. */
  readonly names: readonly string[];
  /** Which colour and dash each has. */
  readonly styles: readonly number[];
  readonly raw: Aligned;
  readonly smoothed: Aligned | undefined;
  readonly log: boolean;
  /** In pixels. */
  readonly height: number;
  /** The step that all charts point at. */
  readonly at: number | undefined;
  /** The steps that are seen; all where undefined. */
  readonly range: readonly [number, number] | undefined;
  onPoint(step: number | undefined): void;
  onZoom(range: readonly [number, number] | undefined): void;
}

/** A logarithmic axis has no place for 0. */
const shown = (values: Aligned["values"], log: boolean) =>
  values.map((row) => row.map((value) => (log && value !== null && value <= 0 ? null : value)));

const widthOf = (root: HTMLElement): number => Math.max(200, root.clientWidth);

function open(
  root: HTMLElement,
  { log, height, styles, smoothed }: ChartProps,
  tell: () => ChartProps,
): uPlot {
  const ink = (colour: string) => computedColour(root, colour);
  const [text, line] = [ink("var(--ink-2)"), ink("var(--line)")];
  const axis = { stroke: text, font: "12px system-ui, sans-serif", ticks: { show: false } };
  const lines = (faint: boolean): uPlot.Series[] =>
    styles.map((style) => ({
      stroke: ink(faint ? `color-mix(in srgb, ${runColour(style)} 30%, transparent)` : runColour(style)),
      width: faint ? 1 : 1.75,
      dash: faint ? [] : [...runDash(style)],
      spanGaps: true,
      points: { show: false },
    }));
  const grid = { stroke: line, width: 1 };
  return new uPlot(
    {
      ...{ width: widthOf(root), height, padding: [10, 8, 0, 0] },
      scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
      legend: { show: false },
      axes: [
        { ...axis, grid: { show: false }, size: 28, values: (_, ticks) => ticks.map((tick) => figure(tick)) },
        {
          ...axis,
          grid,
          size: 58,
          values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : figure(tick))),
        },
      ],
      series: [{}, ...(smoothed ? lines(true) : []), ...lines(false)],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      hooks: {
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width > 4) tell().onZoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[]],
    root,
  );
}

/** What the runs have at a step, in words. */
export const readingAt = ({ names, raw, smoothed }: ChartProps, index: number): string =>
  names
    .map((name, i) => [name, (smoothed ?? raw).values[i]![index]] as const)
    .flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name} ${figure(value)}`]))
    .join(", ");

/** Curves of several runs over steps or time (uPlot). */
export function Chart(props: ChartProps) {
  const { title, raw, smoothed, log, height, at, range, styles, onPoint, onZoom } = props;
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const themed = useThemeVersion();
  const kind = `${log} ${styles.join()} ${smoothed !== undefined} ${themed}`;
  const { steps } = raw;
  const index = at === undefined ? -1 : nearest(steps, at);

  // A plot is made anew only for what it can't change.
  useEffect(() => {
    const element = root.current!;
    const made = open(element, latest.current, () => latest.current);
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: widthOf(element), height }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [kind]);
  useEffect(() => {
    const rows = [...(smoothed ? shown(raw.values, log) : []), ...shown((smoothed ?? raw).values, log)];
    plot.current!.setData([[...steps], ...rows] as uPlot.AlignedData);
    if (range) plot.current!.setScale("x", { min: range[0], max: range[1] });
  }, [raw, smoothed, range, kind]);
  useEffect(() => {
    const found = plot.current!;
    const left = index < 0 ? -10 : found.valToPos(steps[index]!, "x");
    found.setCursor({ left, top: index < 0 ? -10 : 0 }, false);
  }, [index, raw, smoothed, range, kind]);

  const walk = (event: KeyboardEvent) => {
    const now = index < 0 ? steps.length - 1 : index;
    const far = Math.max(1, Math.round(steps.length / 10));
    const moves: Record<string, number> = {
      ...{ ArrowLeft: now - 1, ArrowRight: now + 1, PageDown: now - far, PageUp: now + far },
      ...{ Home: 0, End: steps.length - 1 },
    };
    if (event.key === "Escape") onZoom(undefined);
    const to = moves[event.key];
    if (to === undefined || steps.length === 0) return;
    event.preventDefault();
    onPoint(steps[Math.max(0, Math.min(steps.length - 1, to))]);
  };
  const point = ({ clientX }: PointerEvent) => {
    const found = plot.current!;
    const step = found.posToVal(clientX - found.over.getBoundingClientRect().left, "x");
    onPoint(steps[nearest(steps, step)]);
  };
  const reading = index < 0 ? "" : `step ${steps[index]}: ${readingAt(props, index)}`;
  return (
    <figure class="chart" data-testid="chart" data-metric={title}>
      <figcaption>
        <h3>{title}</h3>
        <p class="small quiet reading">{reading}</p>
      </figcaption>
      <div
        ref={root}
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title}, step by step`}
        aria-valuemin={steps[0] ?? 0}
        aria-valuemax={steps.at(-1) ?? 0}
        aria-valuenow={steps[index] ?? steps.at(-1) ?? 0}
        aria-valuetext={reading || `${steps.length} steps`}
        onKeyDown={walk}
        onDblClick={() => onZoom(undefined)}
        onPointerMove={point}
        onPointerLeave={() => onPoint(undefined)}
      />
    </figure>
  );
}

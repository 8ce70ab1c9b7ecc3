// Solve rate over cost: each decoder a point with its interval, and the front that none of them beats. Points are reached
// by pointer or by arrow keys, from the cheapest to the dearest.
import { useRef } from "preact/hooks";
import { placeLabels, ticks } from "../../../report/plot.ts";
import { COSTS, type Cost, type Point, paretoFront, percent, pointsOf, type Row } from "./arena-results.ts";
import { figure } from "./curves.ts";
import { runColour } from "./ink.ts";

const [LEFT, RIGHT, TOP, BOTTOM] = [46, 18, 14, 46];
const NARROW = 480;

/** The two scales: cost (logarithmic) to x, rate to y. */
function scalesFor(points: readonly Point[], width: number, height: number) {
  const costs = points.map(({ cost }) => cost);
  const [low, high] = [Math.min(...costs) / 1.5, Math.max(...costs) * 1.5];
  const x = (cost: number) => LEFT + (Math.log(cost / low) / Math.log(high / low)) * (width - LEFT - RIGHT);
  const y = (rate: number) => height - BOTTOM - rate * (height - TOP - BOTTOM);
  return { x, y, low, high };
}

/** As steps: a decoder is the best there is until the next one. */
const frontPath = (
  front: readonly Point[],
  x: (cost: number) => number,
  y: (rate: number) => number,
): string =>
  front.map(({ cost, rate }, i) => (i === 0 ? `M${x(cost)} ${y(rate)}` : `H${x(cost)}V${y(rate)}`)).join("");

const isSame = (a: Row | undefined, b: Row) => a?.run === b.run && a.decoder === b.decoder;

/** A point in words. */
const inWords = ({ row, cost }: Point, of: Cost, onFront: boolean): string =>
  `${row.decoder}: solved ${percent(row.rate)}, ${figure(cost)} ${COSTS[of].unit}${onFront ? ", on the front" : ""}`;

export interface ParetoProps {
  readonly rows: readonly Row[];
  readonly cost: Cost;
  readonly width: number;
  readonly runs: readonly string[];
  readonly chosen: Row | undefined;
  onChoose(row: Row): void;
}

/** Solve rate over cost, with the front of decoders that none beats in both. */
export function Pareto({ rows, cost, width, runs, chosen, onChoose }: ParetoProps) {
  const root = useRef<SVGSVGElement>(null);
  const points = pointsOf(rows, cost).toSorted((a, b) => a.cost - b.cost);
  if (points.length === 0) return <p class="waiting">No decoder has a known cost and solve rate here.</p>;
  const height = Math.max(280, Math.min(440, width * 0.58));
  const { x, y, low, high } = scalesFor(points, width, height);
  const front = paretoFront(points);
  // Where there is little room, only those that matter are named; the others' names come when they are pointed at.
  const named =
    width < NARROW ? points.filter((point) => front.includes(point) || isSame(chosen, point.row)) : points;
  const names = placeLabels(
    named.map((point) => ({ x: x(point.cost), y: y(point.rate), label: point.row.decoder })),
    { left: LEFT, right: width - RIGHT, bottom: height - BOTTOM },
  );
  const active = Math.max(
    0,
    points.findIndex(({ row }) => isSame(chosen, row)),
  );
  const walk = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ...{ ArrowRight: active + 1, ArrowUp: active + 1, ArrowLeft: active - 1, ArrowDown: active - 1 },
      ...{ Home: 0, End: points.length - 1 },
    };
    const to = points[moves[event.key] ?? -1];
    if (!to) return;
    event.preventDefault();
    onChoose(to.row);
    root.current?.querySelectorAll<SVGGElement>(".point")[points.indexOf(to)]?.focus();
  };
  const steps = ticks(low, high).filter((_, i, all) => all.length < 7 || i % Math.ceil(all.length / 7) === 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no picture
    <svg
      ref={root}
      class="drawing pareto"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="group"
      aria-label={`Solve rate over ${COSTS[cost].about}: ${points.length} decoders`}
      data-testid="pareto"
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
      <g aria-hidden="true">
        {steps.map((step) => (
          <g key={step}>
            <line class="rule" x1={x(step)} x2={x(step)} y1={y(0)} y2={y(1)} />
            <text x={x(step)} y={y(0) + 18} text-anchor="middle">
              {step.toLocaleString("en-US", { maximumSignificantDigits: 1, notation: "compact" })}
            </text>
          </g>
        ))}
        {[0, 0.25, 0.5, 0.75, 1].map((rate) => (
          <g key={rate}>
            <line class="rule" x1={LEFT} x2={width - RIGHT} y1={y(rate)} y2={y(rate)} />
            <text x={LEFT - 8} y={y(rate) + 4} text-anchor="end">
              {rate * 100} %
            </text>
          </g>
        ))}
        <text x={(LEFT + width - RIGHT) / 2} y={height - 8} text-anchor="middle">
          {COSTS[cost].about} (logarithmic)
        </text>
        <path class="front" d={frontPath(front, x, y)} />
        {names.map(({ x: left, y: top, label, anchor }) => (
          <text key={`${label} ${top}`} class="name" x={left} y={top} text-anchor={anchor}>
            {label}
          </text>
        ))}
      </g>
      {points.map((point, i) => {
        const { row } = point;
        const onFront = front.includes(point);
        const [low95, high95] = row.interval;
        return (
          // biome-ignore lint/a11y/useSemanticElements: SVG has no buttons
          <g
            key={`${row.run} ${row.decoder}`}
            class="point"
            role="button"
            tabIndex={i === active ? 0 : -1}
            aria-label={inWords(point, cost, onFront)}
            aria-pressed={isSame(chosen, row)}
            style={{ color: runColour(runs.indexOf(row.run)) }}
            onFocus={() => onChoose(row)}
            onPointerEnter={() => onChoose(row)}
            onClick={() => onChoose(row)}
            onKeyDown={walk}
          >
            <rect class="target" x={x(point.cost) - 12} y={y(row.rate!) - 12} width="24" height="24" />
            <line class="interval" x1={x(point.cost)} x2={x(point.cost)} y1={y(low95)} y2={y(high95)} />
            <circle
              class={onFront ? "dot full" : "dot"}
              cx={x(point.cost)}
              cy={y(row.rate!)}
              r={isSame(chosen, row) ? 7 : 5}
            />
          </g>
        );
      })}
    </svg>
  );
}

// Solve rate over cost as a picture (SVG), readable on light and on dark ground.
import type { DecoderSummary } from "../evaluate/decoder-summary.ts";
import { escapeXml } from "./text.ts";

export const COSTS = ["ms", "pairs"] as const;
/** What a decoder's cost is: its median milliseconds of decoding, or the pairs it attended to. */
export type Cost = (typeof COSTS)[number];

const TITLES = {
  ms: "median milliseconds of decoding (logarithmic)",
  pairs: "mean attended pairs (logarithmic)",
} as const satisfies Record<Cost, string>;

const [WIDTH, HEIGHT] = [760, 440];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 24, 24, 56];
/** The least distance of two labels, and the width of a letter, in pixels. */
const [LINE, LETTER] = [15, 6.6];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .axis { stroke: #57606a; } .grid { stroke: #57606a; stroke-opacity: 0.2; }
  .bar { stroke: #0969da; stroke-opacity: 0.6; stroke-width: 1.5; } .point { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .axis, .grid { stroke: #9198a1; } .bar { stroke: #58a6ff; } .point { fill: #58a6ff; }
  }`;

const px = (value: number): string => value.toFixed(1);
const line = (kind: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${kind}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
const text = (x: number, y: number, words: string, anchor = "start", more = ""): string =>
  `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}"${more}>${escapeXml(words)}</text>`;

/** 1, 2 and 5 times powers of ten from `low` to `high`. */
export function ticks(low: number, high: number): number[] {
  const powers = Array.from({ length: 40 }, (_, i) => 10 ** (i - 15));
  return powers.flatMap((power) => [1, 2, 5].map((n) => n * power)).filter((t) => t >= low && t <= high);
}

/** Axes, and the two scales: cost -> x, rate -> y. */
function axes(low: number, high: number, title: string) {
  const x = (cost: number) =>
    LEFT + ((Math.log(cost) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (WIDTH - LEFT - RIGHT);
  const y = (rate: number) => HEIGHT - BOTTOM - rate * (HEIGHT - TOP - BOTTOM);
  const costs = ticks(low, high).flatMap((cost) => [
    line("grid", x(cost), y(0), x(cost), y(1)),
    text(
      x(cost),
      y(0) + 18,
      cost.toLocaleString("en-US", { maximumSignificantDigits: 1, notation: "compact" }),
      "middle",
    ),
  ]);
  const rates = [0, 0.25, 0.5, 0.75, 1].flatMap((rate) => [
    line("grid", LEFT, y(rate), WIDTH - RIGHT, y(rate)),
    text(LEFT - 8, y(rate) + 4, `${rate * 100} %`, "end"),
  ]);
  const lines = [
    ...costs,
    ...rates,
    line("axis", LEFT, y(0), WIDTH - RIGHT, y(0)),
    line("axis", LEFT, y(0), LEFT, y(1)),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, title, "middle"),
    text(
      16,
      (TOP + HEIGHT - BOTTOM) / 2,
      "solved",
      "middle",
      ` transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
  ];
  return { x, y, lines };
}

interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface PlacedLabel extends Labelled {
  readonly anchor: "start" | "end";
}

/** Labels beside their points, moved down where they would lie on one another; in an area from `left` to `right`. */
export function placeLabels(
  points: readonly Labelled[],
  { left, right, bottom }: { readonly left: number; readonly right: number; readonly bottom: number },
): PlacedLabel[] {
  const placed: { from: number; to: number; y: number }[] = [];
  return points
    .toSorted((a, b) => a.y - b.y)
    .map(({ x, y, label }) => {
      const length = label.length * LETTER;
      const leftwards = x + 8 + length > right && x - 8 - length > left;
      const [from, to] = leftwards ? [x - 8 - length, x - 8] : [x + 8, x + 8 + length];
      const meets = (at: number) =>
        placed.some((other) => from < other.to && to > other.from && Math.abs(at - other.y) < LINE);
      let at = y - 4;
      while (meets(at) && at < bottom - 4) at += 1;
      placed.push({ from, to, y: at });
      return { x: leftwards ? to : from, y: at, label, anchor: leftwards ? "end" : "start" };
    });
}

/** Draws each decoder as a point with the interval of its rate. Decoders without a cost are left out. */
export function plot(summary: readonly DecoderSummary[], cost: Cost = "ms"): string {
  const points = summary.flatMap(({ decoder, rate, interval, decodeMs, pairs }) => {
    const of = cost === "ms" ? decodeMs.median : pairs;
    return of !== null && of > 0 && rate !== null ? [{ label: decoder, cost: of, rate, interval }] : [];
  });
  const costs = points.length ? points.map((point) => point.cost) : [1];
  const { x, y, lines } = axes(Math.min(...costs) / 1.6, Math.max(...costs) * 1.6, TITLES[cost]);
  const marks = points.flatMap((point) => [
    line("bar", x(point.cost), y(point.interval[0]), x(point.cost), y(point.interval[1])),
    `<circle class="point" cx="${px(x(point.cost))}" cy="${px(y(point.rate))}" r="4.5"/>`,
  ]);
  const names = placeLabels(
    points.map((point) => ({ x: x(point.cost), y: y(point.rate), label: point.label })),
    { left: LEFT, right: WIDTH - RIGHT, bottom: HEIGHT - BOTTOM },
  ).map((name) => text(name.x, name.y, name.label, name.anchor));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Solve rate over ${escapeXml(TITLES[cost])}</title>
<style>${STYLE}
</style>
${[...lines, ...marks, ...names].join("\n")}
</svg>
`;
}

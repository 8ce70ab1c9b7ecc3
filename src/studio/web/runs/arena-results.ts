// An arena's summary.json: checked, and as rows for a table and a plot.
import * as z from "zod/mini";
import { checkShape } from "../../../core/check-shape.ts";
import type { DecoderSummary } from "../../../evaluate/decoder-summary.ts";
import { pText } from "../../../report/arena-report.ts";
import { figure } from "./curves.ts";

const number = z.number();
const known = z.nullable(z.number());
const interval = z.tuple([number, number]);
const solved = { puzzles: number, solved: number, rate: known, interval };
const times = z.object({ median: known, mean: known });
const costs = { passes: known, positions: known, pairs: known, decodeMs: times, promptMs: times };

const decoderSchema: z.ZodMiniType<DecoderSummary> = z.object({
  decoder: z.string(),
  ...solved,
  ...costs,
  ...{ found: number, refused: number, accuracy: known, wrongSizes: number, candidates: known },
  ...{ retracted: number, fixed: number, broken: number },
  bySize: z.array(z.object({ size: z.string(), ...solved, ...costs })),
  versus: z.nullable(
    z.object({
      ...{ baseline: z.string(), onlyThis: number, onlyBaseline: number, p: number },
      timeRatio: z.nullable(z.object({ median: number, interval })),
    }),
  ),
});

const arenaSchema = z.object({
  settings: z.looseObject({
    decoders: z.array(z.looseObject({ decoder: z.string(), model: z.string() })),
    data: z.string(),
    levels: z.optional(z.array(z.string())),
    device: z.string(),
    puzzles: number,
  }),
  versions: z.record(z.string(), z.string()),
  baseline: z.string(),
  decoders: z.array(decoderSchema),
});

/** An arena's summary.json, as far as the page reads it. */
export type Arena = z.infer<typeof arenaSchema>;

/** @throws Error for a summary that is none, with the place */
export const readArena = (json: unknown, name: string): Arena =>
  checkShape(
    arenaSchema,
    json,
    (place, fault) => new Error(`${name}/summary.json: ${place || "the file"}: ${fault}`),
  );

/** A decoder in an arena, over all its puzzles or over those whose answers have some size. */
export interface Row extends Omit<DecoderSummary, "bySize"> {
  readonly run: string;
  readonly model: string;
}

/** The size class that stands for all sizes together. */
export const ALL = "all sizes";

/** The sizes that the arenas' puzzles come in, as far as there are any. */
export const sizesOf = (arenas: readonly Arena[]): string[] => [
  ALL,
  ...new Set(
    arenas.flatMap(({ decoders }) =>
      decoders.flatMap(({ bySize }) => bySize.filter(({ puzzles }) => puzzles > 0).map(({ size }) => size)),
    ),
  ),
];

/** Figures that are known of all puzzles only, as they are of some. */
const UNKNOWN_BY_SIZE = { accuracy: null, candidates: null, versus: null } as const;

/** All decoders of some arenas; of a size of answers only, where one is named. */
export const rowsOf = (arenas: ReadonlyMap<string, Arena>, size: string = ALL): Row[] =>
  [...arenas].flatMap(([run, { settings, decoders }]) =>
    decoders.flatMap(({ bySize, ...summary }, i): Row[] => {
      const about = { run, model: settings.decoders[i]?.model ?? "" };
      if (size === ALL) return [{ ...summary, ...about }];
      const some = bySize.find((one) => one.size === size);
      return some && some.puzzles > 0 ? [{ ...summary, ...UNKNOWN_BY_SIZE, ...some, ...about }] : [];
    }),
  );

interface CostAbout {
  readonly title: string;
  /** What follows a number. */
  readonly unit: string;
  readonly about: string;
  readonly of: (row: Row) => number | null;
}

/** The costs that solve rates are drawn over. */
export const COSTS = {
  ms: {
    title: "decoding, ms",
    unit: "ms of decoding",
    about: "median milliseconds of decoding",
    of: (row) => row.decodeMs.median,
  },
  passes: { title: "passes", unit: "passes", about: "mean forward passes", of: (row) => row.passes },
  pairs: {
    title: "attended pairs",
    unit: "attended pairs",
    about: "mean attended pairs",
    of: (row) => row.pairs,
  },
} as const satisfies Record<string, CostAbout>;
/** One of these costs. */
export type Cost = keyof typeof COSTS;

/** A decoder in the plot. */
export interface Point {
  readonly row: Row;
  readonly cost: number;
  readonly rate: number;
}

/** What can be plotted: decoders whose cost and rate are known. */
export const pointsOf = (rows: readonly Row[], cost: Cost): Point[] =>
  rows.flatMap((row) => {
    const of = COSTS[cost].of(row);
    return of !== null && of > 0 && row.rate !== null ? [{ row, cost: of, rate: row.rate }] : [];
  });

/** The points than which none is both cheaper and better, from the cheapest on. */
export function paretoFront(points: readonly Point[]): Point[] {
  const beats = (a: Point, b: Point) =>
    a.cost <= b.cost && a.rate >= b.rate && (a.cost < b.cost || a.rate > b.rate);
  return points
    .filter((point) => !points.some((other) => beats(other, point)))
    .toSorted((a, b) => a.cost - b.cost || a.rate - b.rate);
}

/** "54.0 %", or a dash. */
export const percent = (share: number | null): string =>
  share === null ? "–" : `${(100 * share).toFixed(1)} %`;

/** A column of the table. */
export interface Column {
  readonly title: string;
  /** What it says, in a sentence. */
  readonly about: string;
  /** What it is sorted by; undefined for what is not known. */
  readonly value: (row: Row) => number | string | null | undefined;
  readonly text: (row: Row) => string;
  /** Only of all puzzles. */
  readonly whole?: boolean;
}

const count = (value: number | null) => figure(value);

/** The columns, from left to right. */
export const COLUMNS: readonly Column[] = [
  {
    title: "Decoder",
    about: "The decoder with its options",
    value: (row) => row.decoder,
    text: (row) => row.decoder,
  },
  {
    title: "Solved",
    about: "Puzzles whose first answer is right, with the 95 % interval of the rate",
    value: (row) => row.rate,
    text: ({ solved, rate, interval: [low, high] }) =>
      `${solved} = ${percent(rate)} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`,
  },
  {
    title: "Any right",
    about: "Puzzles for which any candidate is right",
    value: (row) => row.found,
    text: (row) => String(row.found),
    whole: true,
  },
  {
    title: "Cells right",
    about: "Mean share of the answer's cells",
    value: (row) => row.accuracy,
    text: (row) => percent(row.accuracy),
    whole: true,
  },
  {
    title: "Wrong size",
    about: "Answers of another size than the right one",
    value: (row) => row.wrongSizes,
    text: (row) => String(row.wrongSizes),
    whole: true,
  },
  {
    title: "Passes",
    about: "Mean forward passes",
    value: (row) => row.passes,
    text: (row) => count(row.passes),
  },
  {
    title: "Positions",
    about: "Mean positions computed",
    value: (row) => row.positions,
    text: (row) => count(row.positions),
  },
  {
    title: "Pairs",
    about: "Mean attended pairs",
    value: (row) => row.pairs,
    text: (row) => count(row.pairs),
  },
  {
    title: "Decoding",
    about: "Median milliseconds of decoding",
    value: (row) => row.decodeMs.median,
    text: (row) => `${figure(row.decodeMs.median)} ms`,
  },
  {
    title: "Prompt",
    about: "Median milliseconds of encoding the prompt",
    value: (row) => row.promptMs.median,
    text: (row) => `${figure(row.promptMs.median)} ms`,
  },
  {
    title: "Taken back",
    about:
      "Cells that were taken back: of these, wrong ones that came out right / right ones that came out wrong",
    value: (row) => row.retracted,
    text: ({ retracted, fixed, broken }) => (retracted ? `${count(retracted)}: ${fixed} / ${broken}` : "–"),
    whole: true,
  },
  {
    title: "Only it / only baseline",
    about: "Puzzles that only one of the two solves, with the p value of McNemar's exact test",
    value: (row) => row.versus && row.versus.onlyThis - row.versus.onlyBaseline,
    text: ({ versus }) =>
      versus ? `${versus.onlyThis} / ${versus.onlyBaseline}, p ${pValue(versus.p)}` : "–",
    whole: true,
  },
  {
    title: "Time, by baseline's",
    about: "Median over puzzles of decoding time over the baseline's, with its 95 % interval",
    value: (row) => row.versus?.timeRatio?.median,
    text: ({ versus }) => {
      if (!versus?.timeRatio) return "–";
      const { median, interval } = versus.timeRatio;
      return `${figure(median)}x (${interval.map((end) => figure(end)).join(" to ")})`;
    },
    whole: true,
  },
];

const pValue = (p: number): string => (p < 0.0001 ? pText(p) : `= ${pText(p)}`);

/** The column that rows are sorted by. */
export interface Sorting {
  readonly column: number;
  readonly down: boolean;
}

/** Rows by a column; what is not known comes last either way. */
export function sorted(rows: readonly Row[], { column, down }: Sorting): Row[] {
  const { value } = COLUMNS[column]!;
  const compare = (a: number | string, b: number | string) =>
    typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a) ?? null, value(b) ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return down ? -compare(x, y) : compare(x, y);
  });
}

// An arena as tables: Markdown for people, CSV for programs.
import type { DecoderSummary, Solved } from "../evaluate/decoder-summary.ts";
import type { Outcome } from "../evaluate/outcome.ts";
import { type Cell, csv, table } from "./text.ts";

const UNKNOWN = "-";
export const figure = (value: number | null, digits = 1): string =>
  value === null ? UNKNOWN : value.toLocaleString("en-US", { maximumFractionDigits: digits });
export const percent = (share: number | null): string =>
  share === null ? UNKNOWN : `${(100 * share).toFixed(1)} %`;
const times = ({ median, mean }: { median: number | null; mean: number | null }): string =>
  `${figure(median)} / ${figure(mean)}`;

/** "9 of 12 = 75.0 % (46.8 to 91.1)". */
export const rateText = ({ puzzles, solved, rate, interval: [low, high] }: Solved): string =>
  rate === null
    ? UNKNOWN
    : `${solved} of ${puzzles} = ${percent(rate)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

/** A p value in the digits that it has. */
export const pText = (p: number): string => (p < 0.0001 ? "< 0.0001" : p.toPrecision(2));

/** The columns of the main table. */
const COLUMNS: readonly (readonly [title: string, text: (one: DecoderSummary) => string])[] = [
  ["decoder", ({ decoder }) => decoder],
  ["solved (95 % interval)", rateText],
  ["any candidate", ({ found }) => String(found)],
  ["cells right", ({ accuracy }) => percent(accuracy)],
  ["wrong sizes", ({ wrongSizes }) => String(wrongSizes)],
  ["passes", ({ passes }) => figure(passes)],
  ["positions", ({ positions }) => figure(positions, 0)],
  ["attended pairs", ({ pairs }) => figure(pairs, 0)],
  ["decode ms (median / mean)", ({ decodeMs }) => times(decodeMs)],
  ["prompt ms (median / mean)", ({ promptMs }) => times(promptMs)],
  ["candidates", ({ candidates }) => figure(candidates)],
  ["taken back: fixed / broken", ({ retracted, fixed, broken }) => `${retracted}: ${fixed} / ${broken}`],
  ["refused", ({ refused }) => String(refused)],
];

const main = (summary: readonly DecoderSummary[]): string =>
  table(
    COLUMNS.map(([title]) => title),
    summary.map((one) => COLUMNS.map(([, text]) => text(one))),
  );

const bySize = (summary: readonly DecoderSummary[]): string =>
  table(
    ["answer", "decoder", "solved (95 % interval)", "passes", "decode ms (median / mean)"],
    (summary[0]?.bySize ?? []).flatMap(({ size, puzzles }, i) =>
      puzzles === 0
        ? []
        : summary.map(({ decoder, bySize }) => {
            const one = bySize[i]!;
            return [size, decoder, rateText(one), figure(one.passes), times(one.decodeMs)];
          }),
    ),
  );

const versus = (summary: readonly DecoderSummary[]): string =>
  table(
    [
      "decoder",
      "only it solved",
      "only the baseline",
      "p (McNemar, exact)",
      "decode time ratio (95 % interval)",
    ],
    summary.flatMap(({ decoder, versus }) => {
      if (!versus) return [];
      const { onlyThis, onlyBaseline, p, timeRatio } = versus;
      const [low, high] = timeRatio?.interval ?? [];
      const ratio = timeRatio
        ? `${timeRatio.median.toFixed(2)} (${low!.toFixed(2)} to ${high!.toFixed(2)})`
        : UNKNOWN;
      return [[decoder, String(onlyThis), String(onlyBaseline), pText(p), ratio]];
    }),
  );

/** The whole report. @param about lines that name the decoders, models, puzzles and device */
export function arenaMarkdown(
  summary: readonly DecoderSummary[],
  baseline: string,
  about: readonly string[],
): string {
  const parts = ["# Decoders compared", about.join("\n"), main(summary)];
  if (summary.length > 1)
    parts.push(
      `## Against ${baseline}`,
      versus(summary),
      "Paired over the same puzzles; the ratio is the median over puzzles of this decoder's time by the baseline's.",
    );
  parts.push("## By size of the answer", bySize(summary));
  return `${parts.join("\n\n")}\n`;
}

/** An outcome as columns by name. */
const outcomeRow = (one: Outcome): Readonly<Record<string, Cell>> => {
  const { passes, positions, pairs, promptMs, decodeMs } = one.ledger.decoding;
  return {
    ...{ task: one.task, test: one.test, decoder: one.decoder, cells: one.cells, refused: one.refused },
    ...{ solved: one.correct, found: one.found, candidates: one.candidates, accuracy: one.accuracy },
    ...{ wrongSize: one.wrongSize ?? false, passes, positions, pairs, promptMs, decodeMs },
    ...one.retractions,
  };
};

/** Rows with the columns of the first one. */
function csvOf(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return csv(
    columns,
    rows.map((row) => columns.map((name) => row[name])),
  );
}

/** A row for each puzzle and decoder. */
export const resultsCsv = (outcomes: readonly Outcome[]): string => csvOf(outcomes.map(outcomeRow));

/** A decoder's summary as columns by name. */
function summaryRow(one: DecoderSummary): Readonly<Record<string, Cell>> {
  const { decoder, puzzles, solved, rate, found, refused, accuracy, wrongSizes, decodeMs, promptMs } = one;
  const { passes, positions, pairs, candidates, retracted, fixed, broken, versus } = one;
  const { baseline, onlyThis, onlyBaseline, p, timeRatio } = versus ?? {};
  return {
    ...{
      decoder,
      puzzles,
      solved,
      rate,
      rateLow: one.interval[0],
      rateHigh: one.interval[1],
      found,
      refused,
    },
    ...{ accuracy, wrongSizes, passes, positions, pairs },
    ...{ decodeMsMedian: decodeMs.median, decodeMsMean: decodeMs.mean },
    ...{ promptMsMedian: promptMs.median, promptMsMean: promptMs.mean },
    ...{ candidates, retracted, fixed, broken, baseline, onlyThis, onlyBaseline, p },
    ...{ timeRatio: timeRatio?.median },
    ...{ timeRatioLow: timeRatio?.interval[0], timeRatioHigh: timeRatio?.interval[1] },
  };
}

/** A row for each decoder. */
export const summaryCsv = (summary: readonly DecoderSummary[]): string => csvOf(summary.map(summaryRow));

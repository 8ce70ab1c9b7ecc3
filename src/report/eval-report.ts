// An evaluation's report as Markdown.

import { kebab } from "../core/names.ts";
import type { Ledger } from "../engine/ledger.ts";
import { type EvaluationSummary, SCORES, type Share } from "../evaluate/evaluation-summary.ts";
import type { Manifest } from "../evaluate/manifest.ts";
import { OUTCOMES, type Outcome } from "../evaluate/outcome.ts";
import { figure, percent } from "./arena-report.ts";
import { table } from "./text.ts";

/** "24.2 to 53.0": an interval in per cent. */
export const intervalText = ([low, high]: Share["interval"]): string =>
  `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;

/** "37.5 % (24.2 to 53.0)". */
export const shareText = (share: Share): string =>
  share.value === null ? "-" : `${percent(share.value)} (${intervalText(share.interval)})`;

/** The shares that a report begins with, each with a title, an explanation, and its unit. */
export const headlines = ({ scores, firstAttempt, found }: EvaluationSummary) => [
  ...Object.entries(SCORES).map(([name, { title, about, unit }]) => ({
    ...{ title, about, unit, share: scores[name as keyof typeof SCORES] },
  })),
  {
    title: "first attempt",
    about: "test outputs solved by the first attempt alone",
    unit: "outputs",
    share: firstAttempt,
  },
  {
    title: "any candidate",
    about: "test outputs of which any candidate is right",
    unit: "outputs",
    share: found,
  },
];

/** So much of a checksum is enough to tell it by. */
const text = (name: string, value: unknown): string =>
  name.endsWith("Sha256") ? String(value).slice(0, 16) : String(value);

/** The settings of a run as pairs of name and value, spelt as flags are. */
export const settingRows = (settings: Manifest["settings"]): [string, string][] =>
  Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([inner, one]) => [inner, String(one)])
      : [[kebab(name), text(name, value)]],
  );

const seconds = (ms: number | null): string => (ms === null ? "-" : `${figure(ms / 1000, 2)} s`);

const ledgerRow = (name: string, { passes, positions, pairs, promptMs, decodeMs }: Ledger): string[] => [
  ...[name, figure(passes, 0), figure(positions, 0), figure(pairs, 0)],
  seconds(promptMs + decodeMs),
];

const costs = ({ training, decoding, scoring }: EvaluationSummary): string =>
  table(
    ["stage, over all tasks", "passes", "positions", "attended pairs", "time"],
    [
      [
        "training on the tasks",
        `${figure(training.steps, 0)} steps`,
        `${figure(training.tokens, 0)} tokens`,
        "",
        seconds(training.milliseconds),
      ],
      ledgerRow("decoding", decoding),
      ledgerRow("scoring", scoring),
    ],
  );

const nameOf = ({ task, test }: Outcome, results: readonly Outcome[]): string =>
  results.some((other) => other.task === task && other.test !== test) ? `${task} (${test + 1})` : task;

/** Which outputs came out how. */
const byOutcome = (results: readonly Outcome[]): string =>
  OUTCOMES.flatMap((outcome) => {
    const some = results.filter((result) => result.outcome === outcome);
    return some.length
      ? [`- ${outcome}, ${some.length}: ${some.map((one) => nameOf(one, results)).join(", ")}`]
      : [];
  }).join("\n");

/** The most names that are listed for one reason. */
const LISTED = 20;

/** How many test inputs have filler in submission.json, and why; "" where none has. */
export function fillerText({ fillers }: EvaluationSummary): string {
  const kinds = Object.entries(fillers).map(([why, names]) => `${figure(names.length)} ${why}`);
  const count = Object.values(fillers).flat().length;
  const inputs = `${figure(count)} test input${count === 1 ? "" : "s"}`;
  return count ? `submission.json has filler for ${inputs}: ${kinds.join(", ")}` : "";
}

const fillerParts = (summary: EvaluationSummary): string[] => {
  const text = fillerText(summary);
  const lines = Object.entries(summary.fillers).map(([why, names]) => {
    const more = names.length > LISTED ? `, and ${figure(names.length - LISTED)} more` : "";
    return `- ${why}: ${names.slice(0, LISTED).join(", ")}${more}`;
  });
  return text ? ["## Filler", `${text}.`, lines.join("\n")] : [];
};

export function evalMarkdown(
  manifest: Manifest,
  summary: EvaluationSummary,
  results: readonly Outcome[],
): string {
  const { time, tasks, outputs, known } = summary;
  const parts = [
    "# Evaluation",
    [
      `- ${tasks} tasks with ${outputs} test outputs, ${known} of them with a known answer`,
      `- ${seconds(time.median)} a task (median; mean ${seconds(time.mean)})`,
      ...settingRows(manifest.settings).map(([name, value]) => `- ${name}: ${value}`),
      `- command: \`${manifest.command.join(" ")}\``,
    ].join("\n"),
    table(
      ["score", "value (95 % interval)", "of", "what it is"],
      headlines(summary).map(({ title, about, unit, share }) => [
        title,
        shareText(share),
        `${share.of} ${unit}`,
        about,
      ]),
    ),
    "## By size of the answer",
    table(
      ["answer", "solved by either attempt (95 % interval)", "of"],
      summary.bySize.map((share) => [share.size, shareText(share), String(share.of)]),
    ),
    ...fillerParts(summary),
    "## What it cost",
    costs(summary),
    "## Outcomes",
    byOutcome(results),
  ];
  return `${parts.join("\n\n")}\n`;
}

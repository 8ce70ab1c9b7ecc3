// jigsaw compare runs/greedy runs/adaptive
import { Command } from "commander";
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { compareRuns, type RunsCompared } from "../evaluate/compare-runs.ts";
import { readRun } from "../evaluate/node/run-folder.ts";
import type { Paired } from "../evaluate/paired.ts";
import { pText } from "../report/arena-report.ts";
import { shareText } from "../report/eval-report.ts";
import { table } from "../report/text.ts";
import { addOptions, readOptions } from "./options.ts";
import { duration, plural } from "./terminal.ts";

const compareOptions = z.object({
  json: z.boolean().default(false).describe("print the comparison as JSON, and nothing else"),
});

const scores = ({ runs }: RunsCompared): string =>
  table(
    ["run", "Kaggle (95 % interval)", "task mean", "whole tasks", "median time a task"],
    runs.map(({ run, scores, medianTime }) => [
      ...[run, shareText(scores.kaggle), shareText(scores.taskMean), shareText(scores.wholeTasks)],
      duration(medianTime / 1000),
    ]),
  );

const points = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;

const against = ({ runs }: RunsCompared): string =>
  table(
    [
      "run",
      "Kaggle, difference (95 % interval)",
      "outputs: only it / only the first",
      "p (McNemar, exact)",
      "tasks: only it / only the first",
      "p",
      "time ratio (95 % interval)",
    ],
    runs.flatMap(({ run, versus }) => {
      if (!versus) return [];
      const { difference, outputs, tasks, timeRatio } = versus;
      const count = ({ onlyThis, onlyBaseline }: Paired) => `${onlyThis.length} / ${onlyBaseline.length}`;
      const [low, high] = timeRatio?.interval ?? [];
      return [
        [
          run,
          `${points(difference.value)} (${points(difference.interval[0])} to ${points(difference.interval[1])})`,
          ...[count(outputs), pText(outputs.p), count(tasks), pText(tasks.p)],
          timeRatio ? `${timeRatio.median.toFixed(2)} (${low!.toFixed(2)} to ${high!.toFixed(2)})` : "-",
        ],
      ];
    }),
  );

const list = (names: readonly string[]): string => names.join(", ") || "none";

/** Which outputs two runs differ in. */
const differing = ({ runs }: RunsCompared): string =>
  runs
    .flatMap(({ run, versus }) =>
      versus
        ? [
            `Solved only by ${run}: ${list(versus.outputs.onlyThis)}`,
            `Solved only by ${versus.baseline}: ${list(versus.outputs.onlyBaseline)}`,
          ]
        : [],
    )
    .join("\n");

const leftOut = ({ leftOut }: RunsCompared): string[] => {
  const some = Object.entries(leftOut).filter(([, count]) => count > 0);
  const each = some.map(([run, count]) => `${plural(count, "task")} of ${run}`);
  return some.length ? [`Left out, as not all runs have them: ${each.join(", ")}.`] : [];
};

export const compareCommand = (): Command =>
  addOptions(new Command("compare"), compareOptions)
    .description(
      "compare evaluations of the same tasks: paired tests, differences by task; the first is the baseline",
    )
    .argument("<runs...>", `two folders or more that "jigsaw eval" wrote`)
    .action(async (folders: string[], raw) => {
      const { json } = readOptions(compareOptions, raw);
      if (folders.length < 2)
        throw new JigsawError("bad-option", "one run alone cannot be compared", "Name two or more.");
      if (new Set(folders).size < folders.length) throw new JigsawError("bad-option", "a run is named twice");
      const compared = compareRuns(await Promise.all(folders.map(readRun)));
      if (json) return console.log(JSON.stringify(compared, null, 2));
      const about = `On ${plural(compared.tasks, "task")} with ${plural(compared.outputs, "known answer")}.`;
      const parts = [
        [about, ...leftOut(compared)].join(" "),
        scores(compared),
        against(compared),
        differing(compared),
      ];
      console.log(parts.join("\n\n"));
    });

// As many cells a round as are sure: Fast-dLLM's threshold and factor rules (Wu et al. 2025, arXiv 2505.22618), and the
// entropy bound of the EB-sampler (Ben-Hamu et al. 2025). Changed: size first, on a canvas of that size.
import * as z from "zod";
import { checkOptions } from "../../core/options.ts";
import { cacheOption } from "../cache-option.ts";
import { openCells, takeFrame } from "../canvas.ts";
import type { Decoder } from "../decoder.ts";
import { entropy } from "../distribution.ts";
import { CLOSE } from "../frames.ts";
import { orders } from "../orders.ts";
import { type CellReading, commitFirst, onCanvas, rank, showOpen } from "../rounds.ts";
import { cellBlocks, choosable } from "./steps.ts";

const adaptiveOptions = z.object({
  cache: cacheOption,
  rule: z.enum(["threshold", "factor", "entropy"]).default("threshold").describe("which cells count as sure"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("rule threshold: the confidence that is to be exceeded"),
  factor: z
    .number()
    .positive()
    .default(1)
    .describe("rule factor: n cells are sure if (n + 1)(1 - least confidence) is below it"),
  budget: z
    .number()
    .min(0)
    .default(0.1)
    .describe("rule entropy: the sum of the cells' entropies but the largest, in nats"),
});

type Settings = z.infer<typeof adaptiveOptions>;

/** How a rule ranks cells, and how far a ranked cell is within its bound: above 0 if the cells up to it are sure. */
interface Rule {
  score(reading: CellReading): number;
  /** By rank, for confidences (or entropies) in the order of the score. */
  slack(ranked: readonly CellReading[], settings: Settings): number[];
}

const byConfidence = ({ choice }: CellReading) => choice.probability;

export const rules: Record<Settings["rule"], Rule> = {
  threshold: {
    score: byConfidence,
    slack: (ranked, { threshold }) => ranked.map(({ choice }) => choice.probability - threshold),
  },
  factor: {
    score: byConfidence,
    slack: (ranked, { factor }) => ranked.map(({ choice }, i) => factor - (i + 2) * (1 - choice.probability)),
  },
  entropy: {
    score: (reading) => orders.entropy(reading),
    slack(ranked, { budget }) {
      // Ascending, so the last one accepted is the largest: those before it have to fit the budget.
      let before = 0;
      return ranked.map(({ distribution }) => {
        // An exact fit is within.
        const slack = budget - before + Number.EPSILON;
        before += entropy(distribution);
        return slack;
      });
    },
  },
};

/** How many of the ranked cells are sure, at least one; and whether rounding could have decided otherwise. */
export function sureCount(slack: readonly number[]): { count: number; close: boolean } {
  const count = Math.max(1, slack.findLastIndex((value) => value > 0) + 1);
  return { count, close: slack.slice(1).some((value) => Math.abs(value) < CLOSE) };
}

export const adaptive: Decoder = {
  name: "adaptive",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "each round all cells that are sure, at least one",
  model: "jigsaw-adapted",
  options: adaptiveOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const settings = checkOptions(adaptiveOptions, options);
    const { score, slack } = rules[settings.rule];
    return yield* onCanvas(
      { model, prompt, cache: settings.cache, ledger, signal },
      async function* ({ canvas, read }) {
        let open = openCells(canvas);
        const blockOf = cellBlocks(canvas, prompt.grid, model.config);
        while (open.length > 0) {
          const readings = await read();
          showOpen(canvas, readings, open);
          const ranked = rank(
            choosable(open, blockOf).map((cell) => readings[cell]!),
            score,
          );
          const { count, close } = sureCount(slack(ranked, settings));
          canvas.close += Number(close);
          const committed = commitFirst(canvas, ranked, count, score);
          open = open.filter((cell) => !committed.includes(cell));
          yield takeFrame(canvas, ledger.passes, committed);
        }
      },
    );
  },
};

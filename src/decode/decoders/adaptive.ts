// As many cells a round as are sure: Fast-dLLM's threshold and factor rules (Wu et al. 2025, arXiv 2505.22618), and the
// entropy bound of the EB-sampler (Ben-Hamu et al. 2025). Changed: size first, on a canvas of that size.
import * as z from "zod";
import { openSlots } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { entropy } from "../distribution.ts";
import { orders } from "../orders.ts";
import { commitTop, eligibleIn, type Prediction, predict, rankBy } from "../rounds.ts";
import { isTie, type Ties } from "../ties.ts";

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

/** How a rule ranks slots, and how far a ranked slot is within its bound: above 0 if the slots up to it are sure. */
interface Rule {
  score(prediction: Prediction): number;
  /** By rank, for confidences (or entropies) in the order of the score. */
  slack(ranked: readonly Prediction[], settings: Settings): number[];
}

const byConfidence = ({ choice }: Prediction) => choice.probability;

/** The rules by name. */
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
    score: (one) => orders.entropy(one),
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

/** How many of the ranked slots are sure, at least one. */
export function sureCount(slack: readonly number[], ties: Ties): number {
  ties.add(slack.slice(1).filter((value) => isTie(value, 0)).length);
  return Math.max(1, slack.findLastIndex((value) => value > 0) + 1);
}

/** Every round commits all cells that are sure, at least one (Fast-dLLM, Wu et al. 2025). */
export const adaptive = defineDecoder({
  name: "adaptive",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "each round all cells that are sure, at least one",
  model: "jigsaw-adapted",
  infills: true,
  options: adaptiveOptions,
  async *run({ session, canvas, options, ties, show }) {
    const { score, slack } = rules[options.rule];
    const eligible = eligibleIn(session, canvas);
    for (let open = openSlots(canvas); open.length > 0; open = openSlots(canvas)) {
      const now = new Set(eligible(open));
      const ranked = rankBy(
        (await predict(session, canvas, open)).filter(({ slot }) => now.has(slot)),
        score,
      );
      const count = sureCount(slack(ranked, options), ties);
      yield show(canvas, commitTop(canvas, ranked, count, score));
    }
  },
});

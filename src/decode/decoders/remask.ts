// Committed cells are taken back and filled anew: ReMDM's schedules cap, rescale, confidence and loop (Wang et al. 2025,
// arXiv 2503.00307), with alpha = 1 - t over the rounds; and re-reading, where the model finds another colour likelier
// than the one that stands (token-to-mask, or token-to-token as LLaDA2.1, Bie et al. 2026). Changed: the most confident
// cells are committed, as many as the schedule expects, where ReMDM draws; a cell that lost a colour to a reason does
// not lose the same colour to it again; and no more than `budget` cells are taken back.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { type Random, random } from "../../core/random.ts";
import { type Canvas, commit, openSlots, retract } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { probabilityOf } from "../distribution.ts";
import { OPEN } from "../frames.ts";
import { ORDERS, scoreBy } from "../orders.ts";
import { commitTop, eligibleIn, type Prediction, predict, rankBy, shareOf } from "../rounds.ts";

const STRATEGIES = ["cap", "rescale", "confidence", "loop", "reread"] as const;
const share = z.number().min(0).max(1);

const remaskOptions = z.object({
  cache: cacheOption,
  steps: z.int().positive().default(10).describe("rounds in which the canvas is filled"),
  order: z.enum(ORDERS).default("confidence").describe("which cells are committed first"),
  seed: z.int().min(0).default(1).describe("of what is taken back, and of the order, where they are random"),
  strategy: z.enum(STRATEGIES).default("confidence").describe("which cells are taken back"),
  budget: z
    .int()
    .min(0)
    .optional()
    .describe("how many cells may be taken back in all; as many as there are, if left out"),
  eta: share
    .default(0.1)
    .describe(
      "cap: the highest probability of taking a cell back; rescale, loop: its share of the highest possible",
    ),
  tOn: share.default(0.55).describe("loop: the time, from 1 down to 0, when taking back begins"),
  tOff: share.default(0.05).describe("loop: the time when it ends"),
  alpha: share.default(0.9).describe("loop: the share of cells that are filled meanwhile"),
  below: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.3)
    .describe(
      "reread: cells less likely than this are taken back, if another colour is likelier than the rest",
    ),
  replace: z.boolean().default(false).describe("reread: write the likelier colour at once"),
});

/** The decoder's options with all defaults filled in. */
export type RemaskSettings = z.infer<typeof remaskOptions>;

/** The share of cells that are filled at time t, from 1 down to 0. */
export function filledShare(t: number, { strategy, tOn, tOff, alpha }: RemaskSettings): number {
  if (strategy !== "loop") return 1 - t;
  if (t > tOn) return (alpha * (1 - t)) / (1 - tOn);
  return t >= tOff ? alpha : 1 - ((1 - alpha) * t) / tOff;
}

/** The probability of taking back each of the committed cells between time t and s < t, from their confidences. */
export function remaskingProbabilities(
  t: number,
  s: number,
  confidence: readonly number[],
  settings: RemaskSettings,
): number[] {
  const { strategy, eta, tOn, tOff } = settings;
  const [before, after] = [filledShare(t, settings), filledShare(s, settings)];
  const highest = before > 0 ? Math.min(1, (1 - after) / before) : 1;
  if (strategy === "confidence") {
    const powers = confidence.map((p) => Math.exp(-p));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => (highest * power) / total);
  }
  const within = strategy !== "loop" || (t <= tOn && s >= tOff);
  const each = !within ? 0 : strategy === "cap" ? Math.min(eta, highest) : eta * highest;
  return confidence.map(() => each);
}

/** A slot with what it holds: what was taken back is not taken back again. */
const pairOf = ({ ids }: Canvas, slot: number) => `${slot} ${ids[slot]}`;

const mayTakeBack = ({ ids, locked }: Canvas, slot: number): boolean =>
  ids[slot] !== OPEN && !locked.has(slot);

/** Draws slots to take back; the stream moves on by one number a slot, whatever stands. */
function drawn(canvas: Canvas, t: number, s: number, draw: Random, settings: RemaskSettings): number[] {
  const filled = [...canvas.ids.keys()].filter((slot) => mayTakeBack(canvas, slot));
  const confidence = filled.map((slot) => canvas.confidence[slot]!);
  const probabilities = remaskingProbabilities(t, s, confidence, settings);
  const draws = canvas.ids.map(() => draw.float());
  return filled.filter((slot, i) => canvas.ties.exceeds(probabilities[i]!, draws[slot]!));
}

/** Slots whose id the model finds unlikely and another one clearly likelier, the least likely first. */
function doubted(canvas: Canvas, predictions: readonly Prediction[], { below }: RemaskSettings): number[] {
  const own = ({ slot, distribution }: Prediction) => probabilityOf(distribution, canvas.ids[slot]!);
  const found = predictions.filter((prediction) => {
    const { slot, choice } = prediction;
    if (!mayTakeBack(canvas, slot) || choice.id === canvas.ids[slot]) return false;
    return canvas.ties.exceeds(Math.min(below - own(prediction), choice.probability - (1 - below)), 0);
  });
  return rankBy(found, (prediction) => -own(prediction)).map(({ slot }) => slot);
}

/** A fixed number of rounds that also take cells back (ReMDM, Wang et al. 2025). */
export const remask = defineDecoder({
  name: "remask",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds that also take cells back",
  model: "jigsaw-adapted",
  infills: true,
  options: remaskOptions,
  check({ jigsaw: { objectives } }, { strategy, tOn, tOff }) {
    if (strategy === "loop" && !(tOff < tOn && tOn < 1)) {
      throw new JigsawError(
        "bad-option",
        `the loop from ${tOn} to ${tOff} has no time`,
        "Let 1 > tOn > tOff.",
      );
    }
    if (strategy !== "reread" || objectives.includes("wrong-cells")) return;
    throw new JigsawError(
      "unsupported",
      `decoder "remask" with the strategy "reread" needs a checkpoint trained for wrong-cells; this one was trained for ${objectives.join(", ")}`,
      "Try --model jigsaw-joint, or another strategy.",
    );
  },
  async *run({ session, canvas, options, show }) {
    const { steps, order, seed, strategy, replace } = options;
    const rereads = strategy === "reread";
    const count = canvas.ids.length;
    const score = scoreBy(order, session.prompt, count, seed);
    const rounds = Math.min(steps, count - canvas.locked.size);
    const eligible = eligibleIn(session, canvas);
    const draw = random("remask", seed);
    const gone = new Set<string>();
    const isNew = (slot: number) => !gone.has(pairOf(canvas, slot));
    let budget = options.budget ?? count;
    // What is re-read may be taken back after the last slot is filled, in as many rounds again.
    const limit = rereads ? 2 * rounds : rounds;
    for (let round = 0; round < limit || openSlots(canvas).length > 0; round++) {
      const open = openSlots(canvas);
      if (rereads && open.length === 0 && budget === 0) break;
      const [t, s] = [Math.max(0, 1 - round / rounds), Math.max(0, 1 - (round + 1) / rounds)];
      const due =
        strategy === "loop" && budget > 0
          ? Math.round(filledShare(s, options) * count) - (count - open.length)
          : shareOf(open.length, rounds - round);
      const unlucky =
        rereads || budget === 0 || s === 0 ? [] : drawn(canvas, t, s, draw, options).filter(isNew);
      if (!rereads && due <= 0 && unlucky.length === 0) continue;
      const predictions = await predict(session, canvas, [...canvas.ids.keys()]);
      const asks = rereads && budget > 0 && (replace || round < limit - 1);
      const wanted = asks ? doubted(canvas, predictions, options).filter(isNew) : unlucky;
      const taken = wanted.slice(0, budget);
      budget -= taken.length;
      for (const slot of taken) {
        gone.add(pairOf(canvas, slot));
        retract(canvas, slot);
        canvas.confidence[slot] = predictions[slot]!.choice.probability;
        if (replace && rereads) commit(canvas, slot, predictions[slot]!.choice);
      }
      // What was taken back is made up for, so that the schedule is kept.
      const again = rereads && replace ? 0 : taken.length;
      const now = open.length > 0 ? eligible(open) : [];
      const ranked = rankBy(
        now.map((slot) => predictions[slot]!),
        score,
      );
      const committed = commitTop(canvas, ranked, Math.max(0, Math.min(ranked.length, due + again)), score);
      yield show(
        canvas,
        [...committed, ...(replace && rereads ? taken : [])].sort((a, b) => a - b),
        taken.toSorted((a, b) => a - b),
      );
      if (open.length === 0 && taken.length === 0) break;
    }
  },
});

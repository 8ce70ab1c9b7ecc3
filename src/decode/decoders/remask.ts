// Committed cells are taken back and filled anew: ReMDM's schedules cap, rescale, confidence and loop (Wang et al. 2025,
// arXiv 2503.00307), with alpha = 1 - t over the rounds; and re-reading, where the model finds another colour likelier
// than the one that stands (token-to-mask, or token-to-token as LLaDA2.1, Bie et al. 2026). Changed: the most confident
// cells are committed, as many as the schedule expects, where ReMDM draws; a cell that lost a colour to a reason does
// not lose the same colour to it again; and no more than `budget` cells are taken back.
import * as z from "zod";
import { COLOURS } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { type Random, random } from "../../core/random.ts";
import { TOKEN } from "../../sequence/tokens.ts";
import { type Canvas, commit, openCells, retract, takeFrame } from "../canvas.ts";
import type { Decoder } from "../decoder.ts";
import { probabilityOf } from "../distribution.ts";
import { CLOSE } from "../frames.ts";
import { orderFacts, orders } from "../orders.ts";
import { type CellReading, commitFirst, onCanvas, rank, shareOf, showOpen } from "../rounds.ts";
import { cellBlocks, choosable, stepsShape } from "./steps.ts";

const STRATEGIES = ["cap", "rescale", "confidence", "loop", "reread"] as const;
const share = z.number().min(0).max(1);

const remaskOptions = z.object({
  ...stepsShape,
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

/** The (cell, colour) pairs that were taken back: never twice. */
const pairOf = ({ cells }: Canvas, cell: number) => cell * COLOURS + cells[cell]!;

const mayTakeBack = ({ cells, locked }: Canvas, cell: number): boolean =>
  cells[cell] !== TOKEN.mask && !locked.has(cell);

/** Draws cells to take back; the stream moves on by one number a cell, whatever stands. */
function drawn(canvas: Canvas, t: number, s: number, draw: Random, settings: RemaskSettings): number[] {
  const committed = [...canvas.cells.keys()].filter((cell) => mayTakeBack(canvas, cell));
  const confidence = committed.map((cell) => canvas.confidence[cell]!);
  const probabilities = remaskingProbabilities(t, s, confidence, settings);
  const draws = canvas.cells.map(() => draw.float());
  return committed.filter((cell, i) => {
    if (Math.abs(draws[cell]! - probabilities[i]!) < CLOSE) canvas.close++;
    return draws[cell]! < probabilities[i]!;
  });
}

/** Cells whose colour the model finds unlikely and another one clearly likelier, the least likely first. */
function doubted(canvas: Canvas, readings: readonly CellReading[], { below }: RemaskSettings): number[] {
  const own = ({ cell, distribution }: CellReading) => probabilityOf(distribution, canvas.cells[cell]!);
  const found = readings.filter((reading) => {
    const { cell, choice } = reading;
    if (!mayTakeBack(canvas, cell) || choice.id === canvas.cells[cell]) return false;
    const slack = Math.min(below - own(reading), choice.probability - (1 - below));
    if (Math.abs(slack) < CLOSE) canvas.close++;
    return slack > 0;
  });
  return rank(found, (reading) => -own(reading)).map(({ cell }) => cell);
}

/** Refuses settings that make no sense together, and a checkpoint that never saw a wrong cell. */
function check({ strategy, tOn, tOff }: RemaskSettings, trained: readonly string[]): void {
  if (strategy === "loop" && !(tOff < tOn && tOn < 1)) {
    throw new JigsawError("bad-option", `the loop from ${tOn} to ${tOff} has no time`, "Let 1 > tOn > tOff.");
  }
  if (strategy !== "reread" || trained.includes("wrong-cells")) return;
  throw new JigsawError(
    "unsupported",
    `decoder "remask" with the strategy "reread" needs a checkpoint trained for wrong-cells; this one was trained for ${trained.join(", ")}`,
    "Try --model jigsaw-joint, or another strategy.",
  );
}

export const remask: Decoder = {
  name: "remask",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds that also take cells back",
  model: "jigsaw-adapted",
  options: remaskOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const settings = checkOptions(remaskOptions, options);
    check(settings, model.config.jigsaw.objectives);
    const { cache, steps, order, seed, strategy, replace } = settings;
    const rereads = strategy === "reread";
    return yield* onCanvas({ model, prompt, cache, ledger, signal }, async function* ({ canvas, read }) {
      const { cells } = canvas;
      const facts = orderFacts(prompt, cells.length, seed);
      const score = (reading: CellReading) => orders[order](reading, facts);
      const rounds = Math.min(steps, cells.length - canvas.locked.size);
      const blockOf = cellBlocks(canvas, prompt.grid, model.config);
      const draw = random("remask", seed);
      const gone = new Set<number>();
      let budget = settings.budget ?? cells.length;
      // What is re-read may be taken back after the last cell is filled, in as many rounds again.
      const limit = rereads ? 2 * rounds : rounds;
      for (let round = 0; round < limit || openCells(canvas).length > 0; round++) {
        const open = openCells(canvas);
        if (rereads && open.length === 0 && budget === 0) break;
        const [t, s] = [Math.max(0, 1 - round / rounds), Math.max(0, 1 - (round + 1) / rounds)];
        const due =
          strategy === "loop" && budget > 0
            ? Math.round(filledShare(s, settings) * cells.length) - (cells.length - open.length)
            : shareOf(open.length, rounds - round);
        const isNew = (cell: number) => !gone.has(pairOf(canvas, cell));
        const unlucky =
          rereads || budget === 0 || s === 0 ? [] : drawn(canvas, t, s, draw, settings).filter(isNew);
        if (!rereads && due <= 0 && unlucky.length === 0) continue;
        const readings = await read();
        showOpen(canvas, readings, open);
        const asks = rereads && budget > 0 && (replace || round < limit - 1);
        const wanted = asks ? doubted(canvas, readings, settings).filter(isNew) : unlucky;
        const taken = wanted.slice(0, budget);
        budget -= taken.length;
        for (const cell of taken) {
          gone.add(pairOf(canvas, cell));
          retract(canvas, cell);
          canvas.confidence[cell] = readings[cell]!.choice.probability;
          if (replace && rereads) commit(canvas, cell, readings[cell]!.choice);
        }
        // What was taken back is made up for, so that the schedule is kept.
        const again = rereads && replace ? 0 : taken.length;
        const ranked = rank(
          (open.length > 0 ? choosable(open, blockOf) : []).map((cell) => readings[cell]!),
          score,
        );
        const count = Math.max(0, Math.min(ranked.length, due + again));
        const committed = [
          ...commitFirst(canvas, ranked, count, score),
          ...(replace && rereads ? taken : []),
        ];
        yield takeFrame(
          canvas,
          ledger.passes,
          committed.sort((a, b) => a - b),
          taken.sort((a, b) => a - b),
        );
        if (open.length === 0 && taken.length === 0) break;
      }
    });
  },
};

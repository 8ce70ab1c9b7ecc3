// Soft-mask recursion, as in the ARChitects' solution of ARC Prize 2025 (Franzen, Disselhoff and Hartmann): no cell is
// committed; in every round each cell is its mask's embedding and, added to it, the mixture of the colours' embeddings by
// the last round's probabilities, and of the grids that come by, those seen most often are kept (two). Soft-Masked
// Diffusion (Hersche et al. 2025) mixes likewise, but by a learnt weight and only until a cell is committed. Changed: the
// mixture is of the ten colours alone and the size is decided first; the model has learnt to be given a guess
// (self-conditioning, Chen et al. 2022), where theirs had not; and as a second start from pure masks would repeat the
// first, number for number, a restart is first given a grid whose cells are drawn from what the pure masks gave.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { type Random, random } from "../../core/random.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { type Canvas, candidateOf, commit, fork, openSlots } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmax, type Distribution, distributionOf } from "../distribution.ts";
import { changes } from "../frames.ts";
import { answerOf } from "../rounds.ts";
import { isTie } from "../ties.ts";

const softOptions = z.object({
  cache: cacheOption,
  steps: z.int().positive().default(10).describe("rounds of each start"),
  restarts: z.int().min(0).default(0).describe("further starts, each from a grid drawn of the first round"),
  temperature: z
    .number()
    .min(0)
    .default(1)
    .describe("of the mixture: below 1 sharper than the model, at 0 the likeliest colour alone"),
  keep: z.int().positive().default(2).describe("how many candidates are kept, the most visited first"),
  seed: z.int().min(0).default(1).describe("of what restarts draw"),
});

/** A grid that came by. */
export interface Visited {
  /** As it was when the model was surest of it. */
  canvas: Canvas;
  visits: number;
}

/** Counts a visit. */
export function visit(seen: Map<string, Visited>, canvas: Canvas): void {
  const key = canvas.ids.join();
  const earlier = seen.get(key);
  if (!earlier) {
    seen.set(key, { canvas, visits: 1 });
    return;
  }
  earlier.visits++;
  if (canvas.logProbability > earlier.canvas.logProbability) earlier.canvas = canvas;
}

/** The most visited first; of equals the surest, then the earliest. */
export const mostVisited = (seen: ReadonlyMap<string, Visited>): Visited[] =>
  [...seen.values()].toSorted(
    (a, b) => b.visits - a.visits || b.canvas.logProbability - a.canvas.logProbability,
  );

/** Of ranked answers, how many of the first `keep` are before the next by next to nothing. */
const equalRanks = (ranked: readonly Visited[], keep: number): number =>
  ranked.slice(0, keep).filter((one, i) => {
    const next = ranked[i + 1];
    return next?.visits === one.visits && isTie(one.canvas.logProbability, next.canvas.logProbability);
  }).length;

/** A distribution made sharper (below 1) or flatter; at 0 the likeliest id (the first of equals) alone. */
function sharpen({ first, probabilities }: Distribution, temperature: number): Distribution {
  if (temperature === 1) return { first, probabilities };
  const top = Math.max(...probabilities);
  const at = probabilities.indexOf(top);
  const powers = probabilities.map((p, i) =>
    temperature === 0 ? Number(i === at) : (p / top) ** (1 / temperature),
  );
  const total = powers.reduce((a, b) => a + b);
  return { first, probabilities: powers.map((power) => power / total) };
}

/** One id in the place of each mixture, drawn by its probabilities. */
export const drawIds = (mixtures: readonly Distribution[], { float }: Random): Distribution[] =>
  mixtures.map(({ first, probabilities }) => {
    let left = float() * probabilities.reduce((a, b) => a + b);
    let drawn = probabilities.findIndex((p) => {
      left -= p;
      return left < 0;
    });
    // Rounding can leave a little at the end.
    if (drawn < 0) drawn = probabilities.findLastIndex((p) => p > 0);
    return { first, probabilities: probabilities.map((_, i) => Number(i === drawn)) };
  });

/** Soft-mask recursion: the grids seen most often (Franzen et al. 2025). */
export const soft = defineDecoder({
  name: "soft",
  family: "jigsaw",
  objective: "self-conditioning",
  about: "every cell a mixture of colours, read again and again; the grids seen most often",
  model: "jigsaw-soft",
  infills: true,
  options: softOptions,
  check({ jigsaw: { pattern } }) {
    if (patternOf(pattern).answer === "full") return;
    throw new JigsawError(
      "unsupported",
      `decoder "soft" reads the whole canvas at once; under the attention pattern "${pattern}" cells do not see all others`,
      "Use a model of another pattern, such as --model jigsaw-soft.",
    );
  },
  async *run({ session, canvas: blank, options, ties, show }) {
    const { steps, restarts, temperature, keep, seed } = options;
    const { layout } = blank;
    const { vocabSize } = session.model.config;
    const open = openSlots(blank);
    const masks = answerOf(session, blank, open);
    /** Shares of embeddings that are added to the masks', [tokens, vocabSize]. */
    const softOf = (mixtures: readonly Distribution[]): Float32Array => {
      const soft = new Float32Array(layout.length * vocabSize);
      for (const [i, { first, probabilities }] of mixtures.entries())
        soft.set(probabilities, layout.slots[open[i]!]!.index * vocabSize + first);
      return soft;
    };
    const predict = async (mixtures: readonly Distribution[] | undefined): Promise<Distribution[]> => {
      const [logits] = await session.predict([
        { ...masks, ...(mixtures && { softEmbeddings: softOf(mixtures) }) },
      ]);
      return open.map((slot, i) => distributionOf(logits!, layout.slots[slot]!, i * vocabSize));
    };
    const seen = new Map<string, Visited>();
    let cold: Distribution[] | undefined;
    let shown: readonly number[] = blank.ids;
    for (let start = 0; start <= restarts; start++) {
      let guess = cold && drawIds(cold, random("soft", seed, start));
      for (let round = 0; round < steps; round++) {
        const predictions = await predict(guess);
        cold ??= predictions;
        guess = predictions.map((one) => sharpen(one, temperature));
        const canvas: Canvas = { ...fork(blank), ties };
        for (const [i, slot] of open.entries()) commit(canvas, slot, argmax(predictions[i]!));
        visit(seen, canvas);
        if (start === restarts && round === steps - 1) ties.add(equalRanks(mostVisited(seen), keep));
        const { committed, retracted } = changes(shown, canvas.ids);
        shown = canvas.ids;
        yield show(canvas, committed, retracted);
      }
    }
    return mostVisited(seen)
      .slice(0, keep)
      .map(({ canvas, visits }) => ({ ...candidateOf(canvas), visits }));
  },
});

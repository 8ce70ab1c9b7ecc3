// Soft-mask recursion, as in the ARChitects' solution of ARC Prize 2025 (Franzen, Disselhoff and Hartmann): no cell is
// committed; in every round each cell is its mask's embedding and, added to it, the mixture of the colours' embeddings by
// the last round's probabilities, and of the grids that come by, those seen most often are kept (two). Soft-Masked
// Diffusion (Hersche et al. 2025) mixes likewise, but by a learnt weight and only until a cell is committed. Changed: the
// mixture is of the ten colours alone and the size is decided first; the model has learnt to be given a guess
// (self-conditioning, Chen et al. 2022), where theirs had not; and as a second start from pure masks would repeat the
// first, number for number, a restart is first given a grid whose cells are drawn from what the pure masks gave.
import * as z from "zod";
import { COLOURS } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { type Random, random } from "../../core/random.ts";
import { type GuessReading, writeGuess } from "../../objectives/guess.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import type { Token } from "../../sequence/tokens.ts";
import { fork } from "../branches.ts";
import { cacheOption } from "../cache-option.ts";
import {
  type Canvas,
  candidateOf,
  canvasInput,
  cellChoices,
  commit,
  openCanvas,
  openCells,
  takeFrame,
} from "../canvas.ts";
import { openContext } from "../context.ts";
import type { Decoder } from "../decoder.ts";
import { CLOSE, changes } from "../frames.ts";
import { decideSize } from "../size.ts";

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
  const key = canvas.cells.join();
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

/** Of ranked grids, how many of the first `keep` are before the next by next to nothing. */
const closeRanks = (ranked: readonly Visited[], keep: number): number =>
  ranked.slice(0, keep).filter((one, i) => {
    const next = ranked[i + 1];
    return next?.visits === one.visits && one.canvas.logProbability - next.canvas.logProbability < CLOSE;
  }).length;

const guessOf = (tokens: readonly Token[], logits: Float32Array, reading: GuessReading): Float32Array => {
  const soft = new Float32Array(tokens.length * reading.vocabSize);
  writeGuess(soft, tokens, logits, reading);
  return soft;
};

/** One colour in the place of each mixture, drawn by its probabilities. */
export function drawColours(soft: Float32Array, vocabSize: number, { float }: Random): void {
  for (let start = 0; start < soft.length; start += vocabSize) {
    const row = soft.subarray(start, start + COLOURS);
    const total = row.reduce((a, b) => a + b);
    if (total === 0) continue;
    let left = float() * total;
    let drawn = row.findIndex((p) => {
      left -= p;
      return left < 0;
    });
    // Rounding can leave a little at the end.
    if (drawn < 0) drawn = row.findLastIndex((p) => p > 0);
    row.fill(0);
    row[drawn] = 1;
  }
}

export const soft: Decoder = {
  name: "soft",
  family: "jigsaw",
  objective: "self-conditioning",
  about: "every cell a mixture of colours, read again and again; the grids seen most often",
  model: "jigsaw-soft",
  options: softOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, steps, restarts, temperature, keep, seed } = checkOptions(softOptions, options);
    const { config } = model;
    const { vocabSize, jigsaw } = config;
    if (patternOf(jigsaw.pattern).answer !== "full") {
      throw new JigsawError(
        "unsupported",
        `decoder "soft" reads the whole canvas at once; under the attention pattern "${jigsaw.pattern}" cells do not see all others`,
        "Use a model of another pattern, such as --model jigsaw-soft.",
      );
    }
    const reading = { vocabSize, shift: jigsaw.shift };
    const context = await openContext(model, prompt.tokens, cache, ledger, signal);
    try {
      const { height, width } = await decideSize(context, vocabSize, prompt);
      const blank = openCanvas(height, width, prompt.canvas);
      const open = openCells(blank);
      const masks = canvasInput(blank, prompt.grid);
      const seen = new Map<string, Visited>();
      let cold: Float32Array | undefined;
      let { cells: shown, close } = blank;
      for (let start = 0; start <= restarts; start++) {
        let guess: Float32Array | undefined;
        if (cold) {
          guess = guessOf(masks, cold, reading);
          drawColours(guess, vocabSize, random("soft", seed, start));
        }
        for (let round = 0; round < steps; round++) {
          const logits: Float32Array = guess
            ? await context.lookSoftly(masks, guess)
            : await context.look(masks);
          cold ??= logits;
          guess = guessOf(masks, logits, { ...reading, temperature });
          const canvas = fork(blank);
          const choices = cellChoices(blank, logits, config);
          for (const cell of open) commit(canvas, cell, choices[cell]!);
          canvas.close += close;
          visit(seen, canvas);
          if (start === restarts && round === steps - 1) canvas.close += closeRanks(mostVisited(seen), keep);
          const { committed, retracted } = changes(shown, canvas.cells);
          [shown, close] = [canvas.cells, 0];
          yield takeFrame(canvas, ledger.passes, committed, retracted);
        }
      }
      return mostVisited(seen)
        .slice(0, keep)
        .map(({ canvas, visits }) => ({ ...candidateOf(canvas), visits }));
    } finally {
      await context.close();
    }
  },
};

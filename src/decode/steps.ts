// A fixed number of rounds, the most confident cells first (MaskGIT, Chang et al. 2022; LLaDA's low-confidence
// remasking, Nie et al. 2025), as the original did at 10 and 30 rounds. Changed: size first, on a canvas of that size;
// a committed cell is never taken back; under the pattern "blocks" block by block, in as many more rounds as that takes.
import * as z from "zod";
import { cellIndex, sizeSlot, sizeToken, type Token } from "../arc/tokens.ts";
import { blockEnds } from "../objectives/layout.ts";
import { checkOptions } from "../options.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import { patternOf } from "../qwen3/patterns.ts";
import {
  type Canvas,
  candidateOf,
  canvasInput,
  cellChoices,
  commit,
  openCanvas,
  takeFrame,
} from "./canvas.ts";
import { type Context, openContext } from "./context.ts";
import { type Candidate, cacheOption, type Decoder, type Prompt } from "./decoder.ts";
import { best, type Choice, given, sizeDistribution } from "./distribution.ts";
import { CLOSE, type Frame } from "./frames.ts";

/** The size that is known, or that the model finds likeliest: height, then width given height, in two passes. */
async function decideSize(
  context: Context,
  vocabulary: number,
  { grid, size }: Prompt,
): Promise<{ height: Choice; width: Choice }> {
  if (size) return { height: given(sizeToken(size.rows)), width: given(sizeToken(size.columns)) };
  const read = (logits: Float32Array) =>
    best(sizeDistribution(logits, vocabulary, logits.length / vocabulary - 1));
  const { opening } = context;
  const height = read(opening ?? (await context.look([sizeSlot("height", grid)])));
  const known: Token = { ...sizeSlot("height", grid), id: height.id };
  const asked = opening ? [known] : [known, sizeSlot("width", grid)];
  return { height, width: read(await context.look(asked)) };
}

/** The cells that may be chosen now: those that are open, under blocks only in the first block that has any. */
function choosable(open: readonly number[], blockOf: readonly number[] | undefined): readonly number[] {
  if (!blockOf) return open;
  const first = Math.min(...open.map((cell) => blockOf[cell]!));
  return open.filter((cell) => blockOf[cell] === first);
}

/** The block of each cell, by the index of its last token; undefined where the answer is seen whole. */
function cellBlocks(canvas: Canvas, grid: number, { jigsaw }: Qwen3Config): number[] | undefined {
  if (patternOf(jigsaw?.pattern ?? "causal").answer !== "blocks") return undefined;
  const ends = blockEnds(canvasInput(canvas, grid), jigsaw!.blockSize);
  const { columns, cells } = canvas;
  return cells.map((_, i) => ends[cellIndex(Math.floor(i / columns), i % columns, columns)]!);
}

const stepsOptions = z.object({
  cache: cacheOption,
  steps: z.int().positive().default(10).describe("rounds in which the canvas is filled"),
});

export const steps: Decoder = {
  name: "steps",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds, most confident cells first",
  model: "jigsaw-adapted",
  options: stepsOptions,
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache, steps } = checkOptions(stepsOptions, options);
    const { vocabSize } = model.config;
    const { grid } = prompt;
    const context = await openContext(model, prompt.tokens, cache, ledger, signal);
    try {
      const { height, width } = await decideSize(context, vocabSize, prompt);
      const canvas = openCanvas(height, width);
      const { cells, confidence } = canvas;
      let open = [...cells.keys()];
      const rounds = Math.min(steps, cells.length);
      const blockOf = cellBlocks(canvas, grid, model.config);
      for (let round = 0; open.length > 0; round++) {
        const choices = cellChoices(canvas, await context.look(canvasInput(canvas, grid)), model.config);
        for (const cell of open) confidence[cell] = choices[cell]!.probability;
        // A stable sort: of equally sure cells the first comes first.
        const ranked = choosable(open, blockOf).toSorted((a, b) => confidence[b]! - confidence[a]!);
        const count = Math.min(ranked.length, Math.ceil(open.length / Math.max(1, rounds - round)));
        const [last, next] = [ranked[count - 1]!, ranked[count]];
        if (next !== undefined && confidence[last]! - confidence[next]! < CLOSE) canvas.close++;
        // In the order of the canvas: which of two cells committed together is surer may be a matter of rounding.
        const committed = ranked.slice(0, count).sort((a, b) => a - b);
        for (const cell of committed) commit(canvas, cell, choices[cell]!);
        open = open.filter((cell) => !committed.includes(cell));
        yield takeFrame(canvas, ledger.passes, committed);
      }
      return [candidateOf(canvas)];
    } finally {
      await context.close();
    }
  },
};

// Block by block, each in rounds, with an exact cache of finished blocks (BD3-LM, Arriola et al. 2025); in a round the
// surest cells, and all above a threshold (Fast-dLLM, Wu et al. 2025). Changed: size first, on a canvas of that size;
// the size and blocks that have no cells are computed along with the next block, and kept with it; under the logit
// shift a row begins at the token before its first cell, where that cell is predicted.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { Model } from "../../model/model.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { blockEnds } from "../../sequence/layout.ts";
import { canvasLength, nthCellIndex, TOKEN } from "../../sequence/tokens.ts";
import { openBlockContext } from "../block-context.ts";
import { type Canvas, candidateOf, canvasInput, openCanvas, takeFrame } from "../canvas.ts";
import { CACHES, type Decoder, type Prompt } from "../decoder.ts";
import { best, colourDistribution } from "../distribution.ts";
import { CLOSE } from "../frames.ts";
import { type CellReading, commitFirst, rank, shareOf } from "../rounds.ts";
import { decideSize } from "../size.ts";

const blocksOptions = z.object({
  cache: z.enum(CACHES).default("blocks").describe("what is kept between passes"),
  steps: z.int().positive().default(10).describe("rounds in which a block is filled, at most"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("cells that are surer are committed at once; 1: only each round's share"),
  blockSize: z
    .int()
    .positive()
    .optional()
    .describe(
      "tokens in a block, to be sure of it: what the checkpoint was trained with, else it is refused",
    ),
});

/** Refuses a checkpoint whose blocks are others than those wanted. */
function checkBlocks({ config: { jigsaw } }: Model, wanted: number | undefined): void {
  if (patternOf(jigsaw.pattern).promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${jigsaw.pattern}" the prompt sees the answer, so no block of it can be kept`,
      "Use another --decoder.",
    );
  }
  if (jigsaw.shift && jigsaw.blockSize !== null) {
    throw new JigsawError(
      "bad-option",
      `decoder "blocks" cannot read blocks of ${jigsaw.blockSize} tokens with the logit shift, only blocks of a row`,
      "Use another --decoder, or a checkpoint trained without the shift or without --block-size.",
    );
  }
  if (wanted !== undefined && wanted !== jigsaw.blockSize) {
    const trained = !jigsaw.blockSize ? "rows" : `${jigsaw.blockSize} tokens`;
    throw new JigsawError(
      "bad-option",
      `blocks of ${wanted} tokens do not divide the answer as the checkpoint was trained to, in blocks of ${trained}`,
      "Leave blockSize out, or train with --block-size of that many tokens.",
    );
  }
}

function checkRoom({ config }: Model, { tokens }: Prompt, { rows, columns }: Canvas): void {
  const total = tokens.length + canvasLength(rows, columns);
  if (total <= config.maxPositions) return;
  throw new JigsawError(
    "too-long",
    `${total} tokens, of a prompt and a canvas of ${rows} x ${columns} cells, are more than the model's ${config.maxPositions} positions`,
    "Leave out demonstrations, or crop the grids.",
  );
}

/** A block that has cells: these, and the index after its last token. */
interface Block {
  readonly cells: readonly number[];
  readonly end: number;
}

/** The blocks that have cells, in order. */
export function blocksOf(canvas: Canvas, grid: number, blockSize: number | null): Block[] {
  const ends = blockEnds(canvasInput(canvas, grid), blockSize);
  const blocks = new Map<number, number[]>();
  for (const cell of canvas.cells.keys()) {
    const end = ends[tokenOf(canvas, cell)]!;
    blocks.set(end, [...(blocks.get(end) ?? []), cell]);
  }
  return [...blocks].map(([end, cells]) => ({ cells, end }));
}

const tokenOf = ({ columns }: Canvas, cell: number): number => nthCellIndex(cell, columns);

const sureness = ({ choice }: CellReading): number => choice.probability;

export const blocks: Decoder = {
  name: "blocks",
  family: "jigsaw",
  objective: "block-diffusion",
  about: "block by block, finished blocks are kept",
  model: "jigsaw-joint",
  options: blocksOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, steps, threshold, blockSize } = checkOptions(blocksOptions, options);
    checkBlocks(model, blockSize);
    const { vocabSize, jigsaw } = model.config;
    const early = Number(jigsaw.shift);
    const context = await openBlockContext(model, prompt.tokens, cache, ledger, signal);
    try {
      const { height, width } = await decideSize(context, vocabSize, prompt);
      const canvas = openCanvas(height, width, prompt.canvas);
      checkRoom(model, prompt, canvas);
      let finished = 0;
      for (const { cells, end: last } of blocksOf(canvas, prompt.grid, jigsaw.blockSize)) {
        const end = last - early;
        const answer = () => canvasInput(canvas, prompt.grid).slice(0, end);
        let open = cells.filter((cell) => canvas.cells[cell] === TOKEN.mask);
        for (let round = 0; open.length > 0; round++) {
          const logits = await context.look(answer());
          const readings = open.map((cell) => {
            const distribution = colourDistribution(
              logits,
              vocabSize,
              tokenOf(canvas, cell) - early - finished,
            );
            return { cell, distribution, choice: best(distribution) };
          });
          for (const { cell, choice } of readings) canvas.confidence[cell] = choice.probability;
          const share = shareOf(open.length, steps - round);
          const ranked = rank(readings, sureness);
          const sure = ranked.filter(({ choice }) => choice.probability > threshold).length;
          // Where the share is taken anyway, whether one of its cells is sure decides nothing.
          const doubtful = ranked.slice(share).filter((r) => Math.abs(sureness(r) - threshold) < CLOSE);
          canvas.close += threshold < 1 ? doubtful.length : 0;
          const committed = commitFirst(canvas, ranked, Math.max(share, sure), sureness);
          open = open.filter((cell) => !committed.includes(cell));
          yield takeFrame(canvas, ledger.passes, committed);
        }
        if (cells.at(-1) === canvas.cells.length - 1) break;
        await context.finish(answer());
        finished = end;
      }
      return [candidateOf(canvas)];
    } finally {
      await context.close();
    }
  },
};

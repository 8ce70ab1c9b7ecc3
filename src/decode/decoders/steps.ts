// A fixed number of rounds, the most confident cells first (MaskGIT, Chang et al. 2022; LLaDA's low-confidence
// remasking, Nie et al. 2025), as the original did at 10 and 30 rounds. Changed: size first, on a canvas of that size;
// a committed cell is never taken back; under the pattern "blocks" block by block, in as many more rounds as that takes.
import * as z from "zod";
import { checkOptions } from "../../core/options.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { blockEnds } from "../../sequence/layout.ts";
import { nthCellIndex } from "../../sequence/tokens.ts";
import { cacheOption } from "../cache-option.ts";
import { type Canvas, canvasInput, openCells, takeFrame } from "../canvas.ts";
import type { Decoder } from "../decoder.ts";
import { ORDERS, orderFacts, orders } from "../orders.ts";
import { type CellReading, commitFirst, onCanvas, rank, shareOf, showOpen } from "../rounds.ts";

/** The cells that may be chosen now: those that are open, under blocks only in the first block that has any. */
export function choosable(
  open: readonly number[],
  blockOf: readonly number[] | undefined,
): readonly number[] {
  if (!blockOf) return open;
  const first = Math.min(...open.map((cell) => blockOf[cell]!));
  return open.filter((cell) => blockOf[cell] === first);
}

/** The block of each cell, by the index of its last token; undefined where the answer is seen whole. */
export function cellBlocks(canvas: Canvas, grid: number, { jigsaw }: Qwen3Config): number[] | undefined {
  if (patternOf(jigsaw.pattern).answer !== "blocks") return undefined;
  const ends = blockEnds(canvasInput(canvas, grid), jigsaw.blockSize);
  const { columns, cells } = canvas;
  return cells.map((_, i) => ends[nthCellIndex(i, columns)]!);
}

export const stepsShape = {
  cache: cacheOption,
  steps: z.int().positive().default(10).describe("rounds in which the canvas is filled"),
  order: z.enum(ORDERS).default("confidence").describe("which cells are committed first"),
  seed: z.int().min(0).default(1).describe("of the order, where it is random"),
};
const stepsOptions = z.object(stepsShape);

export const steps: Decoder = {
  name: "steps",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds, most confident cells first",
  model: "jigsaw-adapted",
  options: stepsOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, steps, order, seed } = checkOptions(stepsOptions, options);
    return yield* onCanvas({ model, prompt, cache, ledger, signal }, async function* ({ canvas, read }) {
      const facts = orderFacts(prompt, canvas.cells.length, seed);
      const score = (reading: CellReading) => orders[order](reading, facts);
      let open = openCells(canvas);
      const rounds = Math.min(steps, open.length);
      const blockOf = cellBlocks(canvas, prompt.grid, model.config);
      for (let round = 0; open.length > 0; round++) {
        const readings = await read();
        showOpen(canvas, readings, open);
        const ranked = rank(
          choosable(open, blockOf).map((cell) => readings[cell]!),
          score,
        );
        const count = Math.min(ranked.length, shareOf(open.length, rounds - round));
        const committed = commitFirst(canvas, ranked, count, score);
        open = open.filter((cell) => !committed.includes(cell));
        yield takeFrame(canvas, ledger.passes, committed);
      }
    });
  },
};

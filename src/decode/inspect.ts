// What a model says of every cell of a canvas, in one pass after the prompt's.

import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { nthCellIndex, TOKEN } from "../sequence/tokens.ts";
import { canvasInput } from "./canvas.ts";
import { openContext, possibleCache } from "./context.ts";
import type { Prompt, StartCanvas } from "./decoder.ts";
import { colourDistribution } from "./distribution.ts";

/** Whether a model was trained to read open cells; others write from left to right. */
export function readsOpenCells({ config: { jigsaw } }: Pick<Model, "config">): boolean {
  const trained: readonly string[] = jigsaw.objectives;
  return trained.includes("masked-diffusion") || trained.includes("block-diffusion");
}

/**
 * Probabilities of the ten colours for each cell, row by row. Models trained for masked cells tell those of open cells
 * given the canvas, and of filled cells as they read them with that same canvas (under the pattern `blocks`, up to the
 * end of the cell's block). Others tell those of each cell given the cells before it, and null of the cells after the
 * first open one, which nothing is said about.
 */
export async function inspect(
  model: Model,
  { tokens, grid }: Pick<Prompt, "tokens" | "grid">,
  canvas: Pick<StartCanvas, "rows" | "columns" | "cells">,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<(readonly number[] | null)[]> {
  const { vocabSize, jigsaw } = model.config;
  const masked = readsOpenCells(model);
  const context = await openContext(model, tokens, possibleCache(model), ledger, signal);
  try {
    const answer = canvasInput(canvas, grid);
    const logits = await (masked ? context.look(answer) : context.lookCausally(answer));
    const shift = !masked || jigsaw.shift;
    const firstOpen = canvas.cells.indexOf(TOKEN.mask);
    return canvas.cells.map((_, cell) => {
      if (!masked && firstOpen >= 0 && cell > firstOpen) return null;
      const row = nthCellIndex(cell, canvas.columns) - Number(shift);
      return [...colourDistribution(logits, vocabSize, row).probabilities];
    });
  } finally {
    await context.close();
  }
}

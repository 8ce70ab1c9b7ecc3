// Reads canvases, several in one pass: those that wait are read along with the one that is asked for, in the hope
// that they are asked for later. Which canvases share a pass never shows in what is read.

import type { Model } from "../model/model.ts";
import { canvasLength } from "../sequence/tokens.ts";
import { type Canvas, canvasInput, cellDistributions } from "./canvas.ts";
import type { Context } from "./context.ts";
import type { Prompt } from "./decoder.ts";
import type { Distribution } from "./distribution.ts";

/** The colours of every cell of a canvas, given the canvas; `others` may be read along with it, the first first. */
export type Read = (canvas: Canvas, others: readonly Canvas[]) => Promise<readonly Distribution[]>;

/** @param batch how many canvases of one size are read in a pass at most */
export function lookAhead(context: Context, { config }: Model, prompt: Prompt, batch: number): Read {
  const known = new Map<Canvas, readonly Distribution[]>();
  return async (canvas, others) => {
    if (!known.has(canvas)) {
      const length = canvasLength(canvas.rows, canvas.columns);
      const room = Math.floor((config.maxPositions - prompt.tokens.length) / length);
      const along = others.filter((other) => !known.has(other));
      const asked = [canvas, ...along.slice(0, Math.max(0, Math.min(batch, room) - 1))];
      const logits = await context.look(...asked.map((each) => canvasInput(each, prompt.grid)));
      const size = length * config.vocabSize;
      for (const [i, each] of asked.entries())
        known.set(each, cellDistributions(each, logits.subarray(i * size, (i + 1) * size), config));
    }
    const readings = known.get(canvas)!;
    known.delete(canvas);
    return readings;
  };
}

// The typewriter: the likeliest token after what is written, left to right, with a cache of keys and values. Row ends
// are not asked for, since the size is known: each is fed together with the cell before it.
import * as z from "zod";
import { canvasPlaces, nthCellIndex, sizeSlot, sizeToken, TOKEN } from "../arc/tokens.ts";
import { checkOptions } from "../options.ts";
import { candidateOf, commit, openCanvas, takeFrame } from "./canvas.ts";
import { type Candidate, cacheOption, type Decoder } from "./decoder.ts";
import { best, colourDistribution, given, sizeDistribution } from "./distribution.ts";
import type { Frame } from "./frames.ts";
import { openWriter } from "./writer.ts";

const greedyOptions = z.object({ cache: cacheOption });

export const greedy: Decoder = {
  name: "greedy",
  family: "typewriter",
  objective: "autoregressive",
  about: "the likeliest token after what is written, left to right",
  model: "typewriter-tiny",
  options: greedyOptions,
  async *decode(model, { tokens, grid, size }, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache } = checkOptions(greedyOptions, options);
    const { vocabSize } = model.config;
    // The mark that opens the answer is the first token written: its logits tell the height.
    const writer = await openWriter(model, tokens.slice(0, -1), cache, ledger, signal);
    try {
      let pending = tokens.slice(-1);
      const decide = async (known: number | undefined, which: "height" | "width") => {
        const choice = known
          ? given(sizeToken(known))
          : best(sizeDistribution(await writer.write(pending.splice(0)), vocabSize, 0));
        pending.push({ ...sizeSlot(which, grid), id: choice.id });
        return choice;
      };
      const height = await decide(size?.rows, "height");
      const width = await decide(size?.columns, "width");
      const canvas = openCanvas(height, width);
      const { rows, columns, cells } = canvas;
      const places = canvasPlaces(rows, columns, grid);
      for (let cell = 0; cell < cells.length; cell++) {
        const choice = best(colourDistribution(await writer.write(pending), vocabSize, 0));
        commit(canvas, cell, choice);
        const index = nthCellIndex(cell, columns);
        pending = [{ id: choice.id, place: places[index]! }];
        if ((cell + 1) % columns === 0) pending.push({ id: TOKEN.rowEnd, place: places[index + 1]! });
        yield takeFrame(canvas, ledger.passes, [cell]);
      }
      return [candidateOf(canvas)];
    } finally {
      await writer.close();
    }
  },
};

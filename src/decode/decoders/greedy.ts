// The typewriter: the likeliest token after what is written, left to right, with a cache of keys and values. Row ends
// are not asked for, since the size is known: each is fed together with the cell before it.
import * as z from "zod";
import { checkOptions } from "../../core/options.ts";
import { canvasPlaces, nthCellIndex, TOKEN } from "../../sequence/tokens.ts";
import { cacheOption } from "../cache-option.ts";
import { candidateOf, commit, openCanvas, takeFrame } from "../canvas.ts";
import type { Candidate, Decoder } from "../decoder.ts";
import { best, colourDistribution } from "../distribution.ts";
import type { Frame } from "../frames.ts";
import { refuseCanvas } from "../go-on.ts";
import { openWriter, writeSize } from "../writer.ts";

const greedyOptions = z.object({ cache: cacheOption });

export const greedy: Decoder = {
  name: "greedy",
  family: "typewriter",
  objective: "autoregressive",
  about: "the likeliest token after what is written, left to right",
  model: "typewriter-tiny",
  options: greedyOptions,
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache } = checkOptions(greedyOptions, options);
    refuseCanvas(prompt);
    const { tokens, grid } = prompt;
    const { vocabSize } = model.config;
    const writer = await openWriter(model, tokens.slice(0, -1), cache, ledger, signal);
    try {
      const { height, width, pending: sized } = await writeSize(writer, prompt, vocabSize);
      let pending = sized;
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

// A fixed number of rounds, the most confident cells first (MaskGIT, Chang et al. 2022; LLaDA's low-confidence
// remasking, Nie et al. 2025), as the original did at 10 and 30 rounds. Changed: size first, on a canvas of that size;
// a committed cell is never taken back.
import { sizeSlot, sizeToken, type Token } from "../arc/tokens.ts";
import { candidateOf, canvasInput, cellChoices, commit, openCanvas, takeFrame } from "./canvas.ts";
import { type Context, openContext } from "./context.ts";
import type { Candidate, Decoder, Prompt } from "./decoder.ts";
import { best, type Choice, given, sizeDistribution } from "./distribution.ts";
import { CLOSE, type Frame } from "./frames.ts";

/** The size that is known, or that the model finds likeliest: height, then width given height, in two passes. */
async function decideSize(
  context: Context,
  vocabulary: number,
  { grid, size }: Prompt,
): Promise<{ height: Choice; width: Choice }> {
  if (size) return { height: given(sizeToken(size.rows)), width: given(sizeToken(size.columns)) };
  const ask = async (tokens: readonly Token[]) =>
    best(sizeDistribution(await context.look(tokens), vocabulary, tokens.length - 1));
  const height = await ask([sizeSlot("height", grid)]);
  const known: Token = { ...sizeSlot("height", grid), id: height.id };
  return { height, width: await ask([known, sizeSlot("width", grid)]) };
}

export const steps: Decoder = {
  name: "steps",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds, most confident cells first",
  model: "jigsaw-tiny",
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { vocabSize } = model.config;
    const { grid } = prompt;
    const context = await openContext(model, prompt.tokens, options.cache, ledger, signal);
    try {
      const { height, width } = await decideSize(context, vocabSize, prompt);
      const canvas = openCanvas(height, width);
      const { cells, confidence } = canvas;
      let open = [...cells.keys()];
      const rounds = Math.min(options.steps, cells.length);
      for (let round = 0; round < rounds; round++) {
        const choices = cellChoices(canvas, await context.look(canvasInput(canvas, grid)), vocabSize);
        for (const cell of open) confidence[cell] = choices[cell]!.probability;
        // A stable sort: of equally sure cells the first comes first.
        const ranked = open.toSorted((a, b) => confidence[b]! - confidence[a]!);
        const count = Math.ceil(open.length / (rounds - round));
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

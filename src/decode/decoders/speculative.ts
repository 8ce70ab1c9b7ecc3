// One model drafts and verifies (self-speculation of Nemotron-Labs-Diffusion, NVIDIA 2026; speculative decoding,
// Leviathan et al. 2023): the masked cells are drafted in one pass, a causal pass reads the draft, and its cells stand up
// to the first one that the causal reading finds another colour for, which it replaces. Changed: the likeliest colour
// instead of sampling, so the answer is greedy's; size first; and where a draft did not pay, the next passes verify what
// is left of it instead of drafting anew.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { Model } from "../../model/model.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { cacheOption } from "../cache-option.ts";
import { candidateOf, canvasInput, cellChoices, commit, openCanvas, takeFrame } from "../canvas.ts";
import { openContext } from "../context.ts";
import type { Candidate, Decoder } from "../decoder.ts";
import type { Frame } from "../frames.ts";
import { refuseCanvas } from "../go-on.ts";
import { decideSize } from "../size.ts";

const speculativeOptions = z.object({ cache: cacheOption });

/** Refuses a checkpoint that reads the prompt otherwise when it drafts than when it verifies. */
function checkReadings({ config: { jigsaw } }: Model): void {
  const { prompt, answer, promptSeesAnswer } = patternOf(jigsaw.pattern);
  if (prompt === "causal" && answer === "full" && !promptSeesAnswer && jigsaw.shift) return;
  throw new JigsawError(
    "unsupported",
    `decoder "speculative" needs the attention pattern causal-prompt and the logit shift; this checkpoint has the pattern ${jigsaw.pattern} ${jigsaw.shift ? "with" : "without"} the shift`,
    `Try --model ${speculative.model}, or train with --objective joint.`,
  );
}

export const speculative: Decoder = {
  name: "speculative",
  family: "jigsaw",
  objective: "masked-diffusion",
  needs: ["autoregressive"],
  about: "drafts all cells at once and reads them causally: greedy's answer in fewer passes",
  model: "jigsaw-joint",
  options: speculativeOptions,
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache } = checkOptions(speculativeOptions, options);
    checkReadings(model);
    refuseCanvas(prompt);
    const { config } = model;
    const context = await openContext(model, prompt.tokens, cache, ledger, signal);
    try {
      // Both readings ask for a size in the same way: after one token, there is nothing else to see.
      const { height, width } = await decideSize(context, config.vocabSize, prompt);
      const canvas = openCanvas(height, width);
      const { cells, confidence } = canvas;
      let draft: readonly number[] = cells;
      let first = 0;
      // Cells committed less passes made. A draft costs a pass and brings at least none: never below -1, so at most one
      // pass more than there are cells.
      let saved = 0;
      while (first < cells.length) {
        if (saved >= 0 && first < cells.length - 1) {
          const choices = cellChoices(canvas, await context.look(canvasInput(canvas, prompt.grid)), config);
          draft = choices.map(({ id }) => id);
          saved--;
          for (let cell = first; cell < cells.length; cell++) {
            confidence[cell] = choices[cell]!.probability;
            canvas.close += Number(choices[cell]!.close);
          }
        }
        const drafted = { ...canvas, cells: [...cells.slice(0, first), ...draft.slice(first)] };
        const logits = await context.lookCausally(canvasInput(drafted, prompt.grid));
        const verified = cellChoices(canvas, logits, config);
        const wrong = draft.findIndex((id, cell) => cell >= first && id !== verified[cell]!.id);
        const end = wrong < 0 ? cells.length : wrong + 1;
        const committed = Array.from({ length: end - first }, (_, i) => first + i);
        for (const cell of committed) commit(canvas, cell, verified[cell]!);
        first = end;
        saved += committed.length - 1;
        yield takeFrame(canvas, ledger.passes, committed);
      }
      return [candidateOf(canvas)];
    } finally {
      await context.close();
    }
  },
};

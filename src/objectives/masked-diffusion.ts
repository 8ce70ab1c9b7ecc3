// Absorbing-state masked diffusion (MDLM, Sahoo et al. 2024; LLaDA, Nie et al. 2025) on answers, size first.
import { JigsawError } from "../core/errors.ts";
import type { JigsawConfig } from "../model/config.ts";
import { patterns, type Span } from "../sequence/attention-patterns.ts";
import { layOut, promptSpan } from "../sequence/layout.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { blockShare, type MaskingOptions, maskedAnswers, maskingOptions, shiftLabels } from "./masking.ts";
import { type Capability, defineObjective } from "./objective.ts";
import { firstGuess } from "./self-conditioning.ts";

/** The capabilities that masked cells alone give, without the next token's. */
export function maskingCapabilities(options: Omit<MaskingOptions, "shift">): Capability[] {
  const capabilities: Capability[] = ["masked-diffusion"];
  if (options.wrongCells > 0 && blockShare(options) < 1) capabilities.push("wrong-cells");
  if (options.selfConditioning > 0) capabilities.push("self-conditioning");
  if (blockShare(options) > 0) capabilities.push("block-diffusion");
  return capabilities;
}

function checkBlocks(options: MaskingOptions): void {
  if (blockShare(options) === 0) return;
  if (options.shift && options.blockSize !== undefined) {
    throw new JigsawError(
      "bad-option",
      `blocks of ${options.blockSize} tokens cannot be combined with the logit shift; blocks of a row can`,
      "Leave out --shift or --block-size.",
    );
  }
  if (patterns[options.pattern].promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${options.pattern}" the prompt sees the answer, so no block of it can be kept`,
      "Choose another --pattern, or leave out --blocks.",
    );
  }
}

/** How one task more is learnt: as the checkpoint was trained for the like, wrong cells and blocks included. */
export const fineTuning = ({ pattern, shift, blockSize }: JigsawConfig, needs: readonly string[]) => ({
  fullMask: 0.4,
  sizeWeight: 1,
  wrongCells: needs.includes("wrong-cells") ? 0.4 : 0,
  shift,
  blocks: needs.includes("block-diffusion") && pattern !== "blocks" ? 0.4 : 0,
  blockSize: blockSize ?? undefined,
});

/**
 * Masked answers hang on the prompt as spans that never see each other, so one prompt serves many. Under a pattern
 * whose prompt is in order, every output but the first is learnt, each from its own place in the prompt; under the
 * others only the test's (the demonstrations' stand in the prompt, seen by all).
 */
export const maskedDiffusion = defineObjective({
  name: "masked-diffusion",
  about: "masked cells in any order",
  patterns: ["grid-prompt", "causal-prompt", "prefix", "full", "fragments", "blocks"],
  options: maskingOptions,
  capabilities: maskingCapabilities,
  decoding: ({ shift, blockSize = null }) => ({ shift, blockSize }),
  testTime: fineTuning,
  example(task, noise, random, options) {
    const { pattern, shift } = options;
    const { supervises, promptSeesAnswer } = patterns[pattern];
    checkBlocks(options);
    const prompt = layOut(task, 0, pattern).tokens;
    const pairs = [...task.train, task.test[0]!];
    const learnt = supervises === "later-outputs" ? pairs.slice(1) : pairs.slice(-1);
    const copies = promptSeesAnswer ? 1 : options.copies;
    const asked = prompt.filter(({ id }) => id === TOKEN.output).slice(-learnt.length);
    const tokens = [...prompt];
    const labels = prompt.map(() => -1);
    const weights = prompt.map(() => 0);
    const spans: Span[] = [promptSpan(prompt)];
    for (const [i, pair] of learnt.entries()) {
      const from = 1 + prompt.indexOf(asked[i]!);
      const noises = Array.from(
        { length: copies },
        (_, copy) => noise + (i * copies + copy) / (learnt.length * copies),
      );
      let clean = 0;
      for (const whole of maskedAnswers(pair.output!, asked[i]!.place.grid, noises, random, options)) {
        const { first, answer } = shift ? shiftLabels(whole) : { first: undefined, answer: whole };
        if (first && first.label >= 0) {
          labels[from - 1] = first.label;
          weights[from - 1] = first.weight;
        }
        if (answer.tokens.length === 0) continue;
        const { ends, clean: seen } = answer;
        if (ends && seen === undefined) clean = spans.length;
        spans.push({
          length: answer.tokens.length,
          promptLength: from,
          ...(ends && { ends, answer: "blocks" as const }),
          ...(seen !== undefined && { cleanCopy: { span: clean, length: seen } }),
        });
        tokens.push(...answer.tokens);
        labels.push(...answer.labels);
        weights.push(...answer.weights);
      }
    }
    return { tokens, spans, labels, weights };
  },
  prepare: firstGuess,
});

// Next token and masked cells at once, in one set of weights (Nemotron-Labs-Diffusion, NVIDIA 2026, trains both losses
// together): the typewriter reads prompt and answer causally, and masked answers hang on the same prompt. Changed: the
// diffusion's labels stand one token early, as the typewriter's do, so both read the same head in the same way.
import { nextTokens } from "./autoregressive.ts";
import { fineTuning, maskedDiffusion, maskingCapabilities } from "./masked-diffusion.ts";
import { maskingOptions } from "./masking.ts";
import { defineObjective } from "./objective.ts";
import { firstGuess } from "./self-conditioning.ts";

export const joint = defineObjective({
  name: "joint",
  about: "next token and masked cells at once",
  patterns: ["causal-prompt"],
  options: maskingOptions.omit({ shift: true }),
  capabilities: (options) => ["autoregressive", ...maskingCapabilities(options)],
  decoding: ({ blockSize = null }) => ({ shift: true, blockSize }),
  testTime: fineTuning,
  example(task, noise, random, options) {
    const read = nextTokens(task);
    const filled = maskedDiffusion.example(task, noise, random, { ...options, shift: true });
    // The prompt is the same; the masked answers see it up to where they hang, so never the answer as it is read.
    const prompt = filled.spans[0]!.length;
    return {
      tokens: [...read.tokens, ...filled.tokens.slice(prompt)],
      spans: [{ length: read.tokens.length }, ...filled.spans.slice(1)],
      labels: [...read.labels, ...filled.labels.slice(prompt)],
      weights: [...read.weights, ...filled.weights.slice(prompt)],
    };
  },
  prepare: firstGuess,
});

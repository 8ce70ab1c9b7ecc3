// What is asked of a big model, on both sides.

import { PLAIN_QWEN3, type Qwen3Config } from "../../src/model/config.ts";
import { initialWeights } from "../../src/model/initialize.ts";

/** Whether a kind of work is on a model with a pruned vocabulary, as `jigsaw adapt` trains it. */
export const isPruned = (kind: Kind): boolean => kind.startsWith("lora");

/** Qwen3-0.6B's shape; `layers` may be fewer for a quick look. */
export const qwen3Shape = (layers = 28, vocabSize = 151_936): Qwen3Config => ({
  hiddenSize: 1024,
  layers,
  heads: 16,
  kvHeads: 8,
  headDim: 128,
  intermediateSize: 3072,
  vocabSize,
  ropeTheta: 1_000_000,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 40_960,
  initializerRange: 0.02,
  jigsaw: PLAIN_QWEN3,
});

export const randomWeights = (config: Qwen3Config) => initialWeights(config, 1);

export const FORWARD = 1024;
export const PROMPT = 900;
export const ANSWER = 110;
export const LORA = { tokens: 512, rank: 32, alpha: 32 };

/** Ids spread over the vocabulary, the same on both sides. */
export const idsFrom = (start: number, count: number, vocabSize: number): number[] =>
  Array.from({ length: count }, (_, i) => ((start + i) * 7919 + 13) % vocabSize);

/** `first`: reading a prompt of 900 into the cache; decoding: 110 tokens after it, one at a time. */
export const KINDS = {
  forward: `forward, ${FORWARD} causal positions, logits of the last`,
  answer: `${ANSWER} positions over a cached prompt of ${PROMPT}, all logits`,
  prefill: `prompt of ${PROMPT} into the cache`,
  greedy: `greedy decoding of ${ANSWER} tokens after it`,
  lora: `LoRA step, rank ${LORA.rank}, ${LORA.tokens} positions, vocabulary of 64`,
  "lora-checkpointing": "the same, layers computed again (gradient checkpointing)",
} as const;
export type Kind = keyof typeof KINDS;

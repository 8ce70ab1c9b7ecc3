// Examples -> the tensors that a training step is fed.

import type { Random } from "../core/random.ts";
import type { Feeds } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import { feedTokens } from "../model/inputs.ts";
import type { Example } from "../objectives/objective.ts";
import {
  type AttentionPattern,
  sequencePositions,
  visibleKeys,
  writeMask,
} from "../sequence/attention-patterns.ts";
import { TOKEN } from "../sequence/tokens.ts";

/**
 * What the weights of a step's predictions are divided by: the sum of their absolute values, so that negative weights
 * turn no sign around; 1 where nothing is learnt, and the loss is 0.
 */
export const totalWeight = (examples: readonly Example[]): number =>
  examples.reduce((sum, { weights }) => sum + weights.reduce((a, b) => a + Math.abs(b), 0), 0) || 1;

/** Attention that opens from causal to its pattern: the share of later tokens that can be seen already. */
export interface Annealing {
  readonly share: number;
  readonly random: Random;
}

/**
 * Hides most of what comes after each token (DiffuLLaMA, Gong et al. 2025): every visible key after its query stays so
 * with probability `share`.
 */
function hideLater(
  mask: Uint8Array,
  { length, stride, offset }: { length: number; stride: number; offset: number },
  { share, random }: Annealing,
): void {
  for (let query = 0; query < length; query++) {
    for (let key = query + 1; key < length; key++) {
      const at = offset + query * stride + key;
      if (mask[at] && !random.chance(share)) mask[at] = 0;
    }
  }
}

/**
 * Packs examples side by side, padded to the longest.
 * @param divisor what the weights are divided by, so that losses of several batches add up to a mean
 * @param soft whether the graph takes soft embeddings: zeros where an example has none
 */
export function packBatch(
  examples: readonly Example[],
  config: Qwen3Config,
  pattern: AttentionPattern,
  divisor: number,
  { annealing, soft = false }: { annealing?: Annealing | undefined; soft?: boolean } = {},
): Feeds {
  const batch = examples.length;
  const rows = examples.map((example) => example.tokens);
  const indices = examples.map(({ spans }) => sequencePositions(spans, pattern));
  const length = Math.max(...rows.map((row) => row.length));
  const mask = new Uint8Array(batch * length * length);
  const labels = new BigInt64Array(batch * length);
  const weights = new Float32Array(batch * length);
  const softEmbeddings = new Float32Array(soft ? batch * length * config.vocabSize : 0);
  for (const [b, example] of examples.entries()) {
    if (soft && example.softEmbeddings)
      softEmbeddings.set(example.softEmbeddings, b * length * config.vocabSize);
    const offset = b * length * length;
    writeMask(visibleKeys(example.spans, pattern), mask, length, offset);
    if (annealing) hideLater(mask, { length: example.tokens.length, stride: length, offset }, annealing);
    for (const [i, label] of example.labels.entries()) {
      if (label < 0) continue;
      labels[b * length + i] = BigInt(label);
      weights[b * length + i] = example.weights[i]! / divisor;
    }
  }
  return {
    ...feedTokens(rows, config.jigsaw.positions, TOKEN.pad, indices),
    mask: { dims: [batch, 1, length, length], data: mask, bool: true },
    ...(soft && { softEmbeddings: { dims: [batch, length, config.vocabSize], data: softEmbeddings } }),
    labels: { dims: [batch * length], data: labels },
    weights: { dims: [batch * length], data: weights },
  };
}

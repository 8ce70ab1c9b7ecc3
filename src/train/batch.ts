// Examples -> the tensors that a training step is fed.
import { TOKEN } from "../arc/tokens.ts";
import type { Feeds } from "../engine/engine.ts";
import type { Example } from "../objectives/objective.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import { feedTokens } from "../qwen3/inputs.ts";
import { type Pattern, writeMask } from "../qwen3/patterns.ts";

/** The total weight of an example's predictions. */
export const totalWeight = (examples: readonly Example[]): number =>
  examples.reduce((sum, { weights }) => sum + weights.reduce((a, b) => a + b, 0), 0);

/**
 * Packs examples side by side, padded to the longest.
 * @param divisor what the weights are divided by, so that losses of several batches add up to a mean
 */
export function packBatch(
  examples: readonly Example[],
  config: Qwen3Config,
  pattern: Pattern,
  divisor: number,
): Feeds {
  const batch = examples.length;
  const rows = examples.map((example) => example.tokens);
  const length = Math.max(...rows.map((row) => row.length));
  const mask = new Uint8Array(batch * length * length);
  const labels = new BigInt64Array(batch * length);
  const weights = new Float32Array(batch * length);
  for (const [b, example] of examples.entries()) {
    writeMask(example.parts, pattern, mask, length, b * length * length);
    for (const [i, label] of example.labels.entries()) {
      if (label < 0) continue;
      labels[b * length + i] = BigInt(label);
      weights[b * length + i] = example.weights[i]! / divisor;
    }
  }
  return {
    ...feedTokens(rows, config.jigsaw?.positions ?? "sequence", TOKEN.pad),
    mask: { dims: [batch, 1, length, length], data: mask, bool: true },
    labels: { dims: [batch * length], data: labels },
    weights: { dims: [batch * length], data: weights },
  };
}

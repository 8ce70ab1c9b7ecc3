// The graphs of training: gradients of a batch, logits of a batch, and the update of the weights.
import { differentiate } from "../graph/differentiate.ts";
import { times } from "../graph/dims.ts";
import { add, div, min, mul, scale, sqrt, sub, sumOfSquares } from "../graph/elementwise.ts";
import { reshape } from "../graph/movement.ts";
import { crossEntropy } from "../graph/neural.ts";
import { input, scalar, type Tensor } from "../graph/tensor.ts";
import type { Qwen3Config } from "../model/config.ts";
import { biasOf } from "../model/forward.ts";
import { AXES } from "../model/rope.ts";
import { lmHead, transformer, weightInputs } from "../model/transformer.ts";
import { GRID_TABLES, type Shapes } from "../model/weights.ts";
import { adamw, muon, type Optimizer, type OptimizerSettings } from "./optimizers.ts";

/** Names of the tensors that a training step feeds and fetches, next to the weights themselves. */
export const gradientOf = (weight: string): string => `${weight}/gradient`;
export const sumOf = (weight: string): string => `${weight}/sum`;
export const stateOf = (weight: string, state: string): string => `${weight}/${state}`;
export const nextOf = (name: string): string => `${name}/next`;

/** The tensors that packBatch feeds, for `batch` sequences of one length; with `soft` their soft embeddings, too. */
export function batchInputs(config: Qwen3Config, batch: number, soft = false) {
  const positions = config.jigsaw.positions;
  const rows = times(batch, "tokens");
  const mask = input("mask", [batch, 1, "tokens", "tokens"], "bool");
  return {
    ids: input("ids", [batch, "tokens"], "int64"),
    coordinates: input("coordinates", [batch, "tokens", AXES[positions]]),
    ...(positions === "grid" && { places: input("places", [batch, "tokens", GRID_TABLES], "int64") }),
    ...(soft && { softEmbeddings: input("softEmbeddings", [batch, "tokens", config.vocabSize]) }),
    bias: biasOf(mask),
    labels: input("labels", [rows], "int64"),
    lossWeights: input("weights", [rows]),
  };
}

/**
 * Outputs `loss` (the weighted sum of cross-entropies, nats) and every weight's gradient. With `accumulate`, the
 * gradients are added to the sums that are fed; with `soft`, soft embeddings are fed, which no gradient flows into.
 */
export function gradientGraph(
  config: Qwen3Config,
  batch: number,
  accumulate: boolean,
  soft = false,
): Record<string, Tensor> {
  const weights = weightInputs(config);
  const { labels, lossWeights, ...inputs } = batchInputs(config, batch, soft);
  const logits = lmHead(config, weights, transformer(config, weights, inputs).hidden);
  const loss = crossEntropy(logits, labels, lossWeights);
  const gradients = differentiate(loss, Object.values(weights));
  const outputs: Record<string, Tensor> = { loss };
  for (const [i, [name, weight]] of Object.entries(weights).entries()) {
    const gradient = gradients[i]!;
    outputs[gradientOf(name)] = accumulate ? add(input(sumOf(name), weight.shape), gradient) : gradient;
  }
  return outputs;
}

/** Outputs the `logits` of a batch, [batch * tokens, vocabSize]. */
export function logitsGraph(config: Qwen3Config, batch: number): Record<string, Tensor> {
  const weights = weightInputs(config);
  const { labels: _, lossWeights: __, ...inputs } = batchInputs(config, batch);
  return { logits: lmHead(config, weights, transformer(config, weights, inputs).hidden) };
}

/** Which optimiser a weight takes: Muon, where chosen, for the layers' matrices, AdamW for all others. */
export const optimizerFor = (name: string, shape: readonly unknown[], choice: "muon" | "adamw"): Optimizer =>
  choice === "muon" && shape.length === 2 && name.startsWith("model.layers.") ? muon : adamw;

export interface UpdateOptions {
  readonly optimizer: "muon" | "adamw";
  readonly settings: OptimizerSettings;
  /** Gradients are scaled down to at most this global norm; 0 for no limit. */
  readonly maxGradNorm: number;
  /** Decay of an exponential moving average of the weights; 0 for none. */
  readonly ema: number;
}

/** Outputs the next weights, optimiser states and averages under `nextOf(name)`, and the gradients' global `norm`. */
export function updateGraph(shapes: Shapes, options: UpdateOptions): Record<string, Tensor> {
  const weights = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]),
  );
  const scalars = { correction1: input("correction1", []), correction2: input("correction2", []) };
  const rates = new Map([
    [adamw, input("learningRate", [])],
    [muon, input("muonLearningRate", [])],
  ]);
  const gradients = Object.entries(weights).map(([name, weight]) => input(gradientOf(name), weight.shape));
  const norm = sqrt(gradients.map((gradient) => reshape(sumOfSquares(gradient), [])).reduce(add));
  const tiny = scalar(1e-6, norm);
  const factor = options.maxGradNorm
    ? min(scalar(1, norm), div(scalar(options.maxGradNorm, norm), add(norm, tiny)))
    : scalar(1, norm);
  const outputs: Record<string, Tensor> = { norm };
  for (const [i, [name, weight]] of Object.entries(weights).entries()) {
    const optimizer = optimizerFor(name, weight.shape, options.optimizer);
    const state = optimizer.state.map((part) => input(stateOf(name, part), weight.shape));
    const learningRate = rates.get(optimizer)!;
    const gradient = mul(gradients[i]!, factor);
    const next = optimizer.update(weight, gradient, state, { learningRate, ...scalars }, options.settings);
    outputs[nextOf(name)] = next.weight;
    for (const [s, part] of optimizer.state.entries()) outputs[nextOf(stateOf(name, part))] = next.state[s]!;
    if (options.ema) {
      const average = input(stateOf(name, "ema"), weight.shape);
      const gap = sub(next.weight, average);
      outputs[nextOf(stateOf(name, "ema"))] = add(average, scale(gap, 1 - options.ema));
    }
  }
  return outputs;
}

/** The tensors that training keeps next to the weights, by name, with their shapes. */
export function stateShapes(trained: Shapes, options: UpdateOptions): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (const [name, shape] of Object.entries(trained)) {
    const parts = [...optimizerFor(name, shape, options.optimizer).state, ...(options.ema ? ["ema"] : [])];
    for (const part of parts) shapes[stateOf(name, part)] = shape;
  }
  return shapes;
}

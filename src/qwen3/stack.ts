// The Qwen3 transformer (Qwen3 Technical Report, 2025) as a symbolic graph, in Hugging Face's names and layout.
import { times } from "../graph/dims.ts";
import { add, scale } from "../graph/elementwise.ts";
import { linear } from "../graph/linear.ts";
import { gather, gatherSum, rmsNorm, swiglu } from "../graph/neural.ts";
import { concat, reshape, transpose } from "../graph/shape.ts";
import { type Dim, input, type Tensor } from "../graph/tensor.ts";
import { attention, type KeysValues } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { type Rotation, rotate, rotation } from "./rotary.ts";
import { EMBEDDING, FINAL_NORM, GRID_POSITIONS, HEAD, layerWeight, weightShapes } from "./weights.ts";

/** The weights of a checkpoint as tensors of a graph, by name. */
export type WeightTensors = Readonly<Record<string, Tensor>>;

/** The weights as inputs of a graph, by their names in a checkpoint. */
export const weightInputs = (config: Qwen3Config): WeightTensors =>
  Object.fromEntries(Object.entries(weightShapes(config)).map(([name, shape]) => [name, input(name, shape)]));

/** What the stack reads, for `batch` sequences of `tokens` each. */
export interface StackInputs {
  /** int64 [batch, tokens]. */
  readonly ids: Tensor;
  /** Rotary coordinates [batch, tokens, axes]. */
  readonly coordinates: Tensor;
  /** Rows of the table of learned positions, int64 [batch, tokens, tables]; with `positions: "grid"` only. */
  readonly places?: Tensor;
  /** Added to the scores of the last segment, [batch, 1, tokens, its keys]; none where every key is visible. */
  readonly bias?: Tensor;
  /** Cached keys and values by layer, oldest segment first; all of them visible to every token. */
  readonly past?: readonly (readonly KeysValues[])[];
  /** Whether these tokens' keys and values are appended to the last segment of `past`. */
  readonly extend?: boolean;
  /** In how many chunks queries are attended. */
  readonly chunks?: number;
}

export interface StackOutputs {
  /** After the final norm: [batch * tokens, hiddenSize]. */
  readonly hidden: Tensor;
  /** Keys and values of these tokens by layer; with `extend`, of the segment that they were appended to. */
  readonly fresh: readonly KeysValues[];
}

export function stack(config: Qwen3Config, weights: WeightTensors, inputs: StackInputs): StackOutputs {
  const { hiddenSize, rmsNormEps: eps } = config;
  const [batch, tokens] = inputs.ids.shape as [Dim, Dim];
  const turn = rotation(config, inputs.coordinates);
  const fresh: KeysValues[] = [];
  // One row a token: linear layers are plain matrix products, and only attention tells sequences and heads apart.
  const flat = (t: Tensor) => reshape(t, [times(batch, tokens), hiddenSize]);
  let x = flat(gather(weights[EMBEDDING]!, inputs.ids));
  if (inputs.places) x = add(x, flat(gatherSum(weights[GRID_POSITIONS]!, inputs.places)));
  for (let i = 0; i < config.layers; i++) {
    const layer = (part: string) => weights[layerWeight(i, part)]!;
    const { q, k, v } = project(
      config,
      layer,
      rmsNorm(x, layer("input_layernorm"), eps),
      [batch, tokens],
      turn,
    );
    const segments = [...(inputs.past ?? []).map((segment) => segment[i]!), { k, v }];
    if (inputs.extend) segments.push(join(segments.splice(-2)));
    fresh.push(segments.at(-1)!);
    x = add(x, linear(attention(q, segments, inputs.bias, inputs.chunks), layer("self_attn.o_proj")));
    const normed = rmsNorm(x, layer("post_attention_layernorm"), eps);
    const gated = swiglu(linear(normed, layer("mlp.gate_proj")), linear(normed, layer("mlp.up_proj")));
    x = add(x, linear(gated, layer("mlp.down_proj")));
  }
  return { hidden: rmsNorm(x, weights[FINAL_NORM]!, eps), fresh };
}

/** Segments of one layer as one. */
const join = (segments: readonly KeysValues[]): KeysValues => ({
  k: concat(
    segments.map(({ k }) => k),
    2,
  ),
  v: concat(
    segments.map(({ v }) => v),
    2,
  ),
});

/** Scores of every token of the vocabulary: [rows, hiddenSize] -> [rows, vocabSize]. */
export const head = (config: Qwen3Config, weights: WeightTensors, hidden: Tensor): Tensor =>
  linear(hidden, weights[config.tieWordEmbeddings ? EMBEDDING : HEAD]!);

/**
 * The queries [batch, tokens, heads, headDim], scaled for attention, and the keys and values [batch, kvHeads, tokens,
 * headDim] of x [batch * tokens, hiddenSize].
 */
function project(
  { heads, kvHeads, headDim, rmsNormEps: eps }: Qwen3Config,
  layer: (part: string) => Tensor,
  x: Tensor,
  sequences: readonly [batch: Dim, tokens: Dim],
  turn: Rotation,
) {
  const split = (part: string, count: number) =>
    reshape(linear(x, layer(part)), [...sequences, count, headDim]);
  const headsFirst = (t: Tensor) => transpose(t, [0, 2, 1, 3]);
  // The scores' scale goes into the norm's weight, which is far smaller than the queries.
  const queryNorm = scale(layer("self_attn.q_norm"), headDim ** -0.5);
  const q = rotate(rmsNorm(split("self_attn.q_proj", heads), queryNorm, eps), turn);
  const k = rotate(rmsNorm(split("self_attn.k_proj", kvHeads), layer("self_attn.k_norm"), eps), turn);
  return { q, k: headsFirst(k), v: headsFirst(split("self_attn.v_proj", kvHeads)) };
}

// The Qwen3 transformer (Qwen3 Technical Report, 2025) as a symbolic graph, in Hugging Face's names and layout.
import { add, mul, silu } from "../graph/elementwise.ts";
import { linear } from "../graph/linear.ts";
import { gather, rmsNorm } from "../graph/neural.ts";
import { reduceSum } from "../graph/reduce.ts";
import { concat, reshape, transpose } from "../graph/shape.ts";
import { input, type Tensor } from "../graph/tensor.ts";
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
  /** After the final norm: [batch, tokens, hiddenSize]. */
  readonly hidden: Tensor;
  /** Keys and values of these tokens by layer; with `extend`, of the segment that they were appended to. */
  readonly fresh: readonly KeysValues[];
}

export function stack(config: Qwen3Config, weights: WeightTensors, inputs: StackInputs): StackOutputs {
  const turn = rotation(config, inputs.coordinates);
  const fresh: KeysValues[] = [];
  let x = gather(weights[EMBEDDING]!, inputs.ids);
  if (inputs.places) {
    const learned = gather(weights[GRID_POSITIONS]!, inputs.places);
    x = add(x, reshape(reduceSum(learned, [2]), x.shape));
  }
  for (let i = 0; i < config.layers; i++) {
    const layer = (part: string) => weights[layerWeight(i, part)]!;
    const { q, k, v } = project(config, layer, rmsNorm(x, layer("input_layernorm"), config.rmsNormEps), turn);
    const segments = [...(inputs.past ?? []).map((segment) => segment[i]!), { k, v }];
    if (inputs.extend) segments.push(join(segments.splice(-2)));
    fresh.push(segments.at(-1)!);
    x = add(x, linear(attention(q, segments, inputs.bias, inputs.chunks), layer("self_attn.o_proj")));
    const normed = rmsNorm(x, layer("post_attention_layernorm"), config.rmsNormEps);
    const gated = mul(silu(linear(normed, layer("mlp.gate_proj"))), linear(normed, layer("mlp.up_proj")));
    x = add(x, linear(gated, layer("mlp.down_proj")));
  }
  return { hidden: rmsNorm(x, weights[FINAL_NORM]!, config.rmsNormEps), fresh };
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

/** Scores of every token of the vocabulary: [..., hiddenSize] -> [..., vocabSize]. */
export const head = (config: Qwen3Config, weights: WeightTensors, hidden: Tensor): Tensor =>
  linear(hidden, weights[config.tieWordEmbeddings ? EMBEDDING : HEAD]!);

/** Queries [batch, tokens, heads, headDim]; keys and values [batch, kvHeads, tokens, headDim]. */
function project(
  { heads, kvHeads, headDim, rmsNormEps }: Qwen3Config,
  layer: (name: string) => Tensor,
  x: Tensor,
  turn: Rotation,
) {
  const split = (name: string, count: number) => {
    const flat = linear(x, layer(name));
    return reshape(flat, [x.shape[0]!, x.shape[1]!, count, headDim]);
  };
  const q = rotate(rmsNorm(split("self_attn.q_proj", heads), layer("self_attn.q_norm"), rmsNormEps), turn);
  const k = rotate(rmsNorm(split("self_attn.k_proj", kvHeads), layer("self_attn.k_norm"), rmsNormEps), turn);
  const headsFirst = (t: Tensor) => transpose(t, [0, 2, 1, 3]);
  return { q, k: headsFirst(k), v: headsFirst(split("self_attn.v_proj", kvHeads)) };
}

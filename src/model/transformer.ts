// The Qwen3 transformer (Qwen3 Technical Report, 2025) as a symbolic graph, in Hugging Face's names and layout.
import { times } from "../graph/dims.ts";
import { add, scale } from "../graph/elementwise.ts";
import { gemm, linear } from "../graph/linear.ts";
import { concat, reshape, transpose } from "../graph/movement.ts";
import { gather, gatherSum, rmsNorm, swiglu } from "../graph/neural.ts";
import { type Dim, input, type Tensor } from "../graph/tensor.ts";
import { attention, type KeysValues, type QueryChunks } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { applyRope, type CosSin, cosSin } from "./rope.ts";
import { EMBEDDING, FINAL_NORM, GRID_POSITIONS, HEAD, layerWeight, weightShapes } from "./weights.ts";

/** The weights of a checkpoint as tensors of a graph, by name. */
export type WeightTensors = Readonly<Record<string, Tensor>>;

/** The weights as inputs of a graph, by their names in a checkpoint. */
export const weightInputs = (config: Qwen3Config): WeightTensors =>
  Object.fromEntries(Object.entries(weightShapes(config)).map(([name, shape]) => [name, input(name, shape)]));

/** Applies the linear layer of that name, whose weight is [out, in], to x [rows, in]: [rows, out]. */
export type Linear = (x: Tensor, name: string) => Tensor;

/** Linear layers without adapters, in float32. */
export const plainLinear =
  (weights: WeightTensors): Linear =>
  (x, name) =>
    linear(x, weights[name]!);

/** Looks ids of any shape up in the token embedding: [...ids, hiddenSize]. */
export type Embedding = (ids: Tensor) => Tensor;

/** The embedding without an adapter. */
export const plainEmbedding =
  (weights: WeightTensors): Embedding =>
  (ids) =>
    gather(weights[EMBEDDING]!, ids);

/** Inputs for `batch` sequences of `tokens` each. */
export interface TransformerInputs {
  /** int64 [batch, tokens]. */
  readonly ids: Tensor;
  /** Rotary coordinates [batch, tokens, axes], or their cosines and sines. */
  readonly coordinates: Tensor | CosSin;
  /** Rows of the table of learned positions, int64 [batch, tokens, tables]; with `positions: "grid"` only. */
  readonly places?: Tensor;
  /** Weights of the embedding's rows, whose weighted sum is added to each token's embedding: [batch, tokens, vocabSize]. */
  readonly softEmbeddings?: Tensor;
  /** Added to the scores of the last segment, [batch, 1, tokens, its keys]; none where every key is visible. */
  readonly bias?: Tensor;
  /** Cached keys and values by layer, oldest segment first; all of them visible to every token. */
  readonly past?: readonly (readonly KeysValues[])[];
  /** Whether these tokens' keys and values are appended to the last segment of `past`. */
  readonly append?: boolean;
  /** Chunks of queries for attention. */
  readonly chunks?: number | QueryChunks;
}

export interface TransformerOutputs {
  /** After the final norm: [batch * tokens, hiddenSize]. */
  readonly hidden: Tensor;
  /** Keys and values of these tokens by layer; with `append`, of the segment that they were appended to. */
  readonly present: readonly KeysValues[];
}

/** Qwen3 without its head: embedding, decoder layers and final norm. */
export function transformer(
  config: Qwen3Config,
  weights: WeightTensors,
  inputs: TransformerInputs,
  linear: Linear = plainLinear(weights),
  embedding: Embedding = plainEmbedding(weights),
): TransformerOutputs {
  const { coordinates } = inputs;
  const rope = "cos" in coordinates ? coordinates : cosSin(config, coordinates);
  const present: KeysValues[] = [];
  let x = embed(config, weights, inputs, embedding);
  for (let i = 0; i < config.layers; i++) {
    const next = decoderLayer(
      config,
      {
        weight: (part) => weights[layerWeight(i, part)]!,
        linear: (t, part) => linear(t, layerWeight(i, part)),
      },
      x,
      {
        sequences: inputs.ids.shape as [Dim, Dim],
        rope,
        bias: inputs.bias,
        past: (inputs.past ?? []).map((segment) => segment[i]!),
        append: inputs.append,
        chunks: inputs.chunks,
      },
    );
    present.push(next.present);
    x = next.x;
  }
  return { hidden: rmsNorm(x, weights[FINAL_NORM]!, config.rmsNormEps), present };
}

/** The tokens' embeddings, one row a token: [batch * tokens, hiddenSize]. */
export function embed(
  { hiddenSize, vocabSize }: Qwen3Config,
  weights: WeightTensors,
  { ids, places, softEmbeddings }: Pick<TransformerInputs, "ids" | "places" | "softEmbeddings">,
  embedding: Embedding = plainEmbedding(weights),
): Tensor {
  const rows = times(ids.shape[0]!, ids.shape[1]!);
  const flat = (t: Tensor) => reshape(t, [rows, hiddenSize]);
  const hard = flat(embedding(ids));
  const x = softEmbeddings
    ? add(hard, gemm(reshape(softEmbeddings, [rows, vocabSize]), weights[EMBEDDING]!))
    : hard;
  return places ? add(x, flat(gatherSum(weights[GRID_POSITIONS]!, places))) : x;
}

/** One layer's norms and matrices, by part (such as "self_attn.q_proj"). */
export interface Layer {
  readonly weight: (part: string) => Tensor;
  readonly linear: Linear;
}

/** Inputs of attention in one layer. */
export interface LayerContext {
  readonly sequences: readonly [batch: Dim, tokens: Dim];
  readonly rope: CosSin;
  readonly bias?: Tensor | undefined;
  /** Cached keys and values of this layer, oldest segment first. */
  readonly past?: readonly KeysValues[];
  readonly append?: boolean | undefined;
  readonly chunks?: number | QueryChunks | undefined;
}

/**
 * One layer on x [batch * tokens, hiddenSize]. Linear layers treat all tokens as rows of one matrix; only attention
 * separates sequences and heads.
 */
export function decoderLayer(
  config: Qwen3Config,
  layer: Layer,
  x: Tensor,
  { sequences, rope, bias, past = [], append, chunks }: LayerContext,
): { x: Tensor; present: KeysValues } {
  const { rmsNormEps: eps } = config;
  const { weight, linear } = layer;
  const { q, k, v } = project(config, layer, rmsNorm(x, weight("input_layernorm"), eps), sequences, rope);
  const segments = [...past, { k, v }];
  if (append) segments.push(concatSegments(segments.splice(-2)));
  const attended = add(x, linear(attention(q, segments, bias, chunks), "self_attn.o_proj"));
  const normed = rmsNorm(attended, weight("post_attention_layernorm"), eps);
  const gated = swiglu(linear(normed, "mlp.gate_proj"), linear(normed, "mlp.up_proj"));
  return { x: add(attended, linear(gated, "mlp.down_proj")), present: segments.at(-1)! };
}

/** Concatenates segments of one layer. */
const concatSegments = (segments: readonly KeysValues[]): KeysValues => ({
  k: concat(
    segments.map(({ k }) => k),
    2,
  ),
  v: concat(
    segments.map(({ v }) => v),
    2,
  ),
});

/** Logits: [rows, hiddenSize] -> [rows, vocabSize]. */
export const lmHead = (
  config: Qwen3Config,
  weights: WeightTensors,
  hidden: Tensor,
  linear: Linear = plainLinear(weights),
): Tensor => linear(hidden, config.tieWordEmbeddings ? EMBEDDING : HEAD);

/**
 * The queries [batch, tokens, heads, headDim], scaled for attention, and the keys and values [batch, kvHeads, tokens,
 * headDim] of x [batch * tokens, hiddenSize].
 */
function project(
  { heads, kvHeads, headDim, rmsNormEps: eps }: Qwen3Config,
  { weight, linear }: Layer,
  x: Tensor,
  sequences: readonly [batch: Dim, tokens: Dim],
  rope: CosSin,
) {
  const split = (part: string, count: number) => reshape(linear(x, part), [...sequences, count, headDim]);
  const headsFirst = (t: Tensor) => transpose(t, [0, 2, 1, 3]);
  // The scores' scale goes into the norm's weight, which is far smaller than the queries.
  const queryNorm = scale(weight("self_attn.q_norm"), headDim ** -0.5);
  const q = applyRope(rmsNorm(split("self_attn.q_proj", heads), queryNorm, eps), rope);
  const k = applyRope(rmsNorm(split("self_attn.k_proj", kvHeads), weight("self_attn.k_norm"), eps), rope);
  return { q, k: headsFirst(k), v: headsFirst(split("self_attn.v_proj", kvHeads)) };
}

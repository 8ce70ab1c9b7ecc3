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

/** How the linear layers are computed: x [rows, in] by the matrix of that name, [out, in], gives [rows, out]. */
export type Dense = (x: Tensor, name: string) => Tensor;

/** By the matrices themselves. */
export const plainDense =
  (weights: WeightTensors): Dense =>
  (x, name) =>
    linear(x, weights[name]!);

/** How tokens are looked up in the embedding: ids, of any shape, give [...ids, hiddenSize]. */
export type Lookup = (ids: Tensor) => Tensor;

/** In the table itself. */
export const plainLookup =
  (weights: WeightTensors): Lookup =>
  (ids) =>
    gather(weights[EMBEDDING]!, ids);

/** What the stack reads, for `batch` sequences of `tokens` each. */
export interface StackInputs {
  /** int64 [batch, tokens]. */
  readonly ids: Tensor;
  /** Rotary coordinates [batch, tokens, axes], or their cosines and sines. */
  readonly coordinates: Tensor | CosSin;
  /** Rows of the table of learned positions, int64 [batch, tokens, tables]; with `positions: "grid"` only. */
  readonly places?: Tensor;
  /** What is added to each token's embedding, as shares of the embedding's rows: [batch, tokens, vocabSize]. */
  readonly soft?: Tensor;
  /** Added to the scores of the last segment, [batch, 1, tokens, its keys]; none where every key is visible. */
  readonly bias?: Tensor;
  /** Cached keys and values by layer, oldest segment first; all of them visible to every token. */
  readonly past?: readonly (readonly KeysValues[])[];
  /** Whether these tokens' keys and values are appended to the last segment of `past`. */
  readonly extend?: boolean;
  /** Chunks of queries for attention. */
  readonly chunks?: number | QueryChunks;
}

export interface StackOutputs {
  /** After the final norm: [batch * tokens, hiddenSize]. */
  readonly hidden: Tensor;
  /** Keys and values of these tokens by layer; with `extend`, of the segment that they were appended to. */
  readonly fresh: readonly KeysValues[];
}

/** @param dense how the layers' matrices are applied, by their names in a checkpoint */
export function stack(
  config: Qwen3Config,
  weights: WeightTensors,
  inputs: StackInputs,
  dense: Dense = plainDense(weights),
  lookup: Lookup = plainLookup(weights),
): StackOutputs {
  const { coordinates } = inputs;
  const rope = "cos" in coordinates ? coordinates : cosSin(config, coordinates);
  const fresh: KeysValues[] = [];
  let x = embed(config, weights, inputs, lookup);
  for (let i = 0; i < config.layers; i++) {
    const next = decoderLayer(
      config,
      {
        weight: (part) => weights[layerWeight(i, part)]!,
        dense: (t, part) => dense(t, layerWeight(i, part)),
      },
      x,
      {
        sequences: inputs.ids.shape as [Dim, Dim],
        rope,
        bias: inputs.bias,
        past: (inputs.past ?? []).map((segment) => segment[i]!),
        extend: inputs.extend,
        chunks: inputs.chunks,
      },
    );
    fresh.push(next.fresh);
    x = next.x;
  }
  return { hidden: rmsNorm(x, weights[FINAL_NORM]!, config.rmsNormEps), fresh };
}

/** The tokens' embeddings, one row a token: [batch * tokens, hiddenSize]. */
export function embed(
  { hiddenSize, vocabSize }: Qwen3Config,
  weights: WeightTensors,
  { ids, places, soft }: Pick<StackInputs, "ids" | "places" | "soft">,
  lookup: Lookup = plainLookup(weights),
): Tensor {
  const rows = times(ids.shape[0]!, ids.shape[1]!);
  const flat = (t: Tensor) => reshape(t, [rows, hiddenSize]);
  const hard = flat(lookup(ids));
  const x = soft ? add(hard, gemm(reshape(soft, [rows, vocabSize]), weights[EMBEDDING]!)) : hard;
  return places ? add(x, flat(gatherSum(weights[GRID_POSITIONS]!, places))) : x;
}

/** One layer's norms and matrices, by part (such as "self_attn.q_proj"). */
export interface Layer {
  readonly weight: (part: string) => Tensor;
  readonly dense: Dense;
}

/** What attention in one layer is about. */
export interface LayerContext {
  readonly sequences: readonly [batch: Dim, tokens: Dim];
  readonly rope: CosSin;
  readonly bias?: Tensor | undefined;
  /** Cached keys and values of this layer, oldest segment first. */
  readonly past?: readonly KeysValues[];
  readonly extend?: boolean | undefined;
  readonly chunks?: number | QueryChunks | undefined;
}

/**
 * One layer on x [batch * tokens, hiddenSize]: linear layers are plain matrix products, and only attention tells
 * sequences and heads apart.
 */
export function decoderLayer(
  config: Qwen3Config,
  layer: Layer,
  x: Tensor,
  { sequences, rope, bias, past = [], extend, chunks }: LayerContext,
): { x: Tensor; fresh: KeysValues } {
  const { rmsNormEps: eps } = config;
  const { weight, dense } = layer;
  const { q, k, v } = project(config, layer, rmsNorm(x, weight("input_layernorm"), eps), sequences, rope);
  const segments = [...past, { k, v }];
  if (extend) segments.push(join(segments.splice(-2)));
  const attended = add(x, dense(attention(q, segments, bias, chunks), "self_attn.o_proj"));
  const normed = rmsNorm(attended, weight("post_attention_layernorm"), eps);
  const gated = swiglu(dense(normed, "mlp.gate_proj"), dense(normed, "mlp.up_proj"));
  return { x: add(attended, dense(gated, "mlp.down_proj")), fresh: segments.at(-1)! };
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
export const head = (
  config: Qwen3Config,
  weights: WeightTensors,
  hidden: Tensor,
  dense: Dense = plainDense(weights),
): Tensor => dense(hidden, config.tieWordEmbeddings ? EMBEDDING : HEAD);

/**
 * The queries [batch, tokens, heads, headDim], scaled for attention, and the keys and values [batch, kvHeads, tokens,
 * headDim] of x [batch * tokens, hiddenSize].
 */
function project(
  { heads, kvHeads, headDim, rmsNormEps: eps }: Qwen3Config,
  { weight, dense }: Layer,
  x: Tensor,
  sequences: readonly [batch: Dim, tokens: Dim],
  rope: CosSin,
) {
  const split = (part: string, count: number) => reshape(dense(x, part), [...sequences, count, headDim]);
  const headsFirst = (t: Tensor) => transpose(t, [0, 2, 1, 3]);
  // The scores' scale goes into the norm's weight, which is far smaller than the queries.
  const queryNorm = scale(weight("self_attn.q_norm"), headDim ** -0.5);
  const q = applyRope(rmsNorm(split("self_attn.q_proj", heads), queryNorm, eps), rope);
  const k = applyRope(rmsNorm(split("self_attn.k_proj", kvHeads), weight("self_attn.k_norm"), eps), rope);
  return { q, k: headsFirst(k), v: headsFirst(split("self_attn.v_proj", kvHeads)) };
}

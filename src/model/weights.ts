import type { Qwen3Config } from "./config.ts";

/** A weight: its sides, outermost first, and its values in that order. */
export interface Weight {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Weights by their Hugging Face names. */
export type Weights = Readonly<Record<string, Weight>>;

/** A model with weights of more bytes is big: they stay in their files, and are loaded by one program only. */
export const BIG_MODEL = 2 ** 28;

/** Grids have at most 30 rows and columns, and a row end; 32 positions hold them. */
export const GRID_TABLE_ROWS = 32;
/** The learned positions' tables, stacked: row from the top and from the bottom, column from the left and from the right, role (no grid, input, output). */
export const GRID_TABLES = 5;
export const GRID_POSITION_ROWS = GRID_TABLES * GRID_TABLE_ROWS;

/** Shapes of tensors by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

export const EMBEDDING = "model.embed_tokens.weight";
export const GRID_POSITIONS = "model.embed_positions.weight";
export const FINAL_NORM = "model.norm.weight";
export const HEAD = "lm_head.weight";

/** The prefix of a layer's tensor names; layers count from 0. */
export const layerPrefix = (layer: number): string => `model.layers.${layer}.`;

/** The name of `part` (such as "self_attn.q_proj") in layer `layer`. */
export const layerWeight = (layer: number, part: string): string => `${layerPrefix(layer)}${part}.weight`;

/** The layer that a tensor belongs to, by its name; undefined for the embeddings, the final norm and the head. */
export function layerOf(name: string): number | undefined {
  const found = /^model\.layers\.(\d+)\./.exec(name);
  return found ? Number(found[1]) : undefined;
}

/** Shapes of one layer's weights by part; matrices are [out, in]. */
function layerShapes(config: Qwen3Config): Record<string, number[]> {
  const { hiddenSize, headDim, intermediateSize } = config;
  const query = config.heads * headDim;
  const key = config.kvHeads * headDim;
  return {
    input_layernorm: [hiddenSize],
    "self_attn.q_proj": [query, hiddenSize],
    "self_attn.k_proj": [key, hiddenSize],
    "self_attn.v_proj": [key, hiddenSize],
    "self_attn.o_proj": [hiddenSize, query],
    "self_attn.q_norm": [headDim],
    "self_attn.k_norm": [headDim],
    post_attention_layernorm: [hiddenSize],
    "mlp.gate_proj": [intermediateSize, hiddenSize],
    "mlp.up_proj": [intermediateSize, hiddenSize],
    "mlp.down_proj": [hiddenSize, intermediateSize],
  };
}

/** The shape of every weight that a model of this configuration has, by Hugging Face name, in the order of use. */
export function weightShapes(config: Qwen3Config): Record<string, number[]> {
  const { hiddenSize, vocabSize } = config;
  const shapes: Record<string, number[]> = { [EMBEDDING]: [vocabSize, hiddenSize] };
  if (config.jigsaw.positions === "grid") shapes[GRID_POSITIONS] = [GRID_POSITION_ROWS, hiddenSize];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [part, shape] of Object.entries(layerShapes(config))) shapes[layerWeight(layer, part)] = shape;
  }
  shapes[FINAL_NORM] = [hiddenSize];
  if (!config.tieWordEmbeddings) shapes[HEAD] = [vocabSize, hiddenSize];
  return shapes;
}

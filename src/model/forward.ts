// Graphs of a forward pass at inference, over one sequence and its key/value cache.
import { where } from "../graph/elementwise.ts";
import { concat } from "../graph/movement.ts";
import { apply, constant, input, type Tensor } from "../graph/tensor.ts";
import type { KeysValues } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { quantizedLinear } from "./quantize.ts";
import { AXES, cosSinInputs } from "./rope.ts";
import {
  type Linear,
  lmHead,
  plainLinear,
  transformer,
  type WeightTensors,
  weightInputs,
} from "./transformer.ts";
import { GRID_TABLES, weightShapes } from "./weights.ts";

/** Passes of one kind share a graph (see `passGraph`). */
export interface PassKind {
  /** The number of cached segments. */
  readonly segments: number;
  /** Whether the tokens are appended to the last segment. */
  readonly append: boolean;
  /** Whether a mask is fed; without one, every key is visible. */
  readonly masked: boolean;
  /** Whether soft embeddings are fed. */
  readonly softEmbeddings?: boolean;
  /** Logits of every token, of the tokens that are fed as `rows`, or of none. */
  readonly logits: "all" | "rows" | "none";
  /** Whether keys and values are outputs. */
  readonly cache: boolean;
  readonly chunks: number;
}

/** Added to the scores of hidden keys: far below any score, yet finite, so that a row of padding stays a number. */
export const HIDDEN = -1e9;

/** The bias of attention scores from a mask (bool, true for visible): 0 or `HIDDEN`. */
export const biasOf = (mask: Tensor): Tensor => where(mask, constant([0], []), constant([HIDDEN], []));

export const keyName = (segment: number | "present", layer: number): string => `${segment}.${layer}.k`;
export const valueName = (segment: number | "present", layer: number): string => `${segment}.${layer}.v`;

/** A segment's names as graph inputs or (with "present") outputs, by layer, key before value. */
export const cacheNames = (segment: number | "present", layers: number): string[] =>
  Array.from({ length: layers }, (_, i) => [keyName(segment, i), valueName(segment, i)]).flat();

/** The names of int8 weights (see quantize.ts). */
export type QuantizedNames = ReadonlySet<string>;
const NONE: QuantizedNames = new Set();

/** Linear layers in float32, or in int8 for the names in `quantized`. */
function linearOf(config: Qwen3Config, weights: WeightTensors, quantized: QuantizedNames): Linear {
  const shapes = weightShapes(config);
  const plain = plainLinear(weights);
  return (x, name) =>
    quantized.has(name) ? quantizedLinear(x, name, shapes[name] as [number, number]) : plain(x, name);
}

/** A cached segment's keys and values as graph inputs, by layer. */
function cached({ kvHeads, headDim, layers }: Qwen3Config, segment: number): KeysValues[] {
  const shape = [1, kvHeads, `past${segment}`, headDim];
  return Array.from({ length: layers }, (_, i) => ({
    k: input(keyName(segment, i), shape),
    v: input(valueName(segment, i), shape),
  }));
}

/** @param cosSinFed whether cosines and sines are fed, instead of the coordinates from which the graph computes them */
function tokenInputs(config: Qwen3Config, cosSinFed: boolean) {
  const positions = config.jigsaw.positions;
  return {
    ids: input("ids", [1, "tokens"], "int64"),
    coordinates: cosSinFed ? cosSinInputs(config) : input("coordinates", [1, "tokens", AXES[positions]]),
    ...(positions === "grid" && { places: input("places", [1, "tokens", GRID_TABLES], "int64") }),
  };
}

function cacheOutputs(present: readonly KeysValues[]): Record<string, Tensor> {
  const entries = present.flatMap(({ k, v }, i) => [
    [keyName("present", i), k] as const,
    [valueName("present", i), v] as const,
  ]);
  return Object.fromEntries(entries);
}

/** Outputs the keys and values of segment 0 at `rows`, in their order. */
export function gatherGraph(config: Qwen3Config): Record<string, Tensor> {
  const rows = input("rows", ["rows"], "int64");
  const shape = [1, config.kvHeads, "rows", config.headDim];
  const names = cacheNames("present", config.layers);
  const pick = (tensor: Tensor) => apply("Gather", [tensor, rows], { shape }, { axis: 2 });
  const tensors = cached(config, 0).flatMap(({ k, v }) => [pick(k), pick(v)]);
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}

/** Outputs the keys and values of segment 0 and of segment 1 after them. */
export function concatGraph(config: Qwen3Config): Record<string, Tensor> {
  const names = cacheNames("present", config.layers);
  const later = cached(config, 1);
  const tensors = cached(config, 0).flatMap(({ k, v }, i) => [
    concat([k, later[i]!.k], 2),
    concat([v, later[i]!.v], 2),
  ]);
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}

/** The hidden states at the input `rows`: the head is computed for these tokens only. */
const chosenRows = ({ hiddenSize }: Qwen3Config, hidden: Tensor): Tensor =>
  apply("Gather", [hidden, input("rows", ["rows"], "int64")], { shape: ["rows", hiddenSize] });

/** Outputs `logits` [tokens or rows, vocabSize] and keys and values [1, kvHeads, length, headDim], as the kind asks. */
export function passGraph(
  config: Qwen3Config,
  kind: PassKind,
  quantized: QuantizedNames = NONE,
  cosSinFed = false,
): Record<string, Tensor> {
  const weights = weightInputs(config);
  const linear = linearOf(config, weights, quantized);
  const inputs = {
    ...tokenInputs(config, cosSinFed),
    ...(kind.softEmbeddings && { softEmbeddings: input("softEmbeddings", [1, "tokens", config.vocabSize]) }),
    ...(kind.masked && { bias: biasOf(input("mask", [1, 1, "tokens", maskedKeys(kind)], "bool")) }),
    past: Array.from({ length: kind.segments }, (_, segment) => cached(config, segment)),
    append: kind.append,
    chunks: kind.chunks,
  };
  const { hidden, present } = transformer(config, weights, inputs, linear);
  return {
    ...(kind.logits !== "none" && {
      logits: lmHead(config, weights, kind.logits === "rows" ? chosenRows(config, hidden) : hidden, linear),
    }),
    ...(kind.cache && cacheOutputs(present)),
  };
}

/** Chunks of queries in the universal graph. */
export const CHUNKS = 5;

/**
 * The graph of any pass with at most one cached segment and one to which the tokens are appended; either may be empty.
 * All kinds of passes share its weights in memory. Outputs `logits` of `rows` [rows, vocabSize] and the keys and values
 * of the appended segment.
 */
export function universalGraph(
  config: Qwen3Config,
  quantized: QuantizedNames = NONE,
  cosSinFed = false,
): Record<string, Tensor> {
  const weights = weightInputs(config);
  const linear = linearOf(config, weights, quantized);
  const { hidden, present } = transformer(
    config,
    weights,
    {
      ...tokenInputs(config, cosSinFed),
      bias: biasOf(input("mask", [1, 1, "tokens", "past1+tokens"], "bool")),
      past: [cached(config, 0), cached(config, 1)],
      append: true,
      chunks: {
        count: CHUNKS,
        starts: input("starts", [CHUNKS + 1], "int64"),
        keyEnds: input("keyEnds", [CHUNKS], "int64"),
      },
    },
    linear,
  );
  return { logits: lmHead(config, weights, chosenRows(config, hidden), linear), ...cacheOutputs(present) };
}

/** The symbolic length of the segment that the tokens are in, which is the mask's last dimension. */
const maskedKeys = ({ segments, append }: PassKind): string =>
  append ? `past${segments - 1}+tokens` : "tokens";

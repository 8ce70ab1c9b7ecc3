// The graph of one forward pass at inference, over one sequence and what is cached of it.
import { where } from "../graph/elementwise.ts";
import { concat } from "../graph/movement.ts";
import { apply, constant, input, type Tensor } from "../graph/tensor.ts";
import type { KeysValues } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { byteProduct } from "./quantize.ts";
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

/** What tells one pass's graph from another's, where each kind of pass has its own. */
export interface PassKind {
  /** Cached segments that the tokens see. */
  readonly segments: number;
  /** Whether the last of them is extended by these tokens. */
  readonly extend: boolean;
  /** Whether a mask is fed; without one, every key is visible. */
  readonly masked: boolean;
  /** Whether shares of embeddings are added to the tokens' own. */
  readonly soft?: boolean;
  /** Logits of every token, of the tokens that are fed as `rows`, or of none. */
  readonly logits: "all" | "rows" | "none";
  /** Whether keys and values are wanted. */
  readonly cache: boolean;
  readonly chunks: number;
}

/** Added to the scores of hidden keys: far below any score, yet finite, so that a row of padding stays a number. */
export const HIDDEN = -1e9;

/** A mask (bool, true for visible) as what is added to scores. */
export const biasOf = (mask: Tensor): Tensor => where(mask, constant([0], []), constant([HIDDEN], []));

export const keyName = (segment: number | "fresh", layer: number): string => `${segment}.${layer}.k`;
export const valueName = (segment: number | "fresh", layer: number): string => `${segment}.${layer}.v`;

/** The names under which keys and values of a segment go in and (as "fresh") come out, by layer. */
export const cacheNames = (segment: number | "fresh", layers: number): string[] =>
  Array.from({ length: layers }, (_, i) => [keyName(segment, i), valueName(segment, i)]).flat();

/** The names of weights that are used as bytes (see quantize.ts). */
export type QuantizedNames = ReadonlySet<string>;
const NONE: QuantizedNames = new Set();

/** Linear layers in float32, or in int8 for the names in `quantized`. */
function linearOf(config: Qwen3Config, weights: WeightTensors, quantized: QuantizedNames): Linear {
  const shapes = weightShapes(config);
  const plain = plainLinear(weights);
  return (x, name) =>
    quantized.has(name) ? byteProduct(x, name, shapes[name] as [number, number]) : plain(x, name);
}

/** Keys and values of a segment by layer, as they are fed. */
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

function cacheOutputs(fresh: readonly KeysValues[]): Record<string, Tensor> {
  const entries = fresh.flatMap(({ k, v }, i) => [
    [keyName("fresh", i), k] as const,
    [valueName("fresh", i), v] as const,
  ]);
  return Object.fromEntries(entries);
}

/** Outputs the keys and values of segment 0 at `rows`, in their order. */
export function selectGraph(config: Qwen3Config): Record<string, Tensor> {
  const rows = input("rows", ["rows"], "int64");
  const shape = [1, config.kvHeads, "rows", config.headDim];
  const names = cacheNames("fresh", config.layers);
  const pick = (tensor: Tensor) => apply("Gather", [tensor, rows], { shape }, { axis: 2 });
  const tensors = cached(config, 0).flatMap(({ k, v }) => [pick(k), pick(v)]);
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}

/** Outputs the keys and values of segment 0 and of segment 1 after them. */
export function joinGraph(config: Qwen3Config): Record<string, Tensor> {
  const names = cacheNames("fresh", config.layers);
  const later = cached(config, 1);
  const tensors = cached(config, 0).flatMap(({ k, v }, i) => [
    concat([k, later[i]!.k], 2),
    concat([v, later[i]!.v], 2),
  ]);
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}

/** The hidden states of the tokens whose logits are wanted: the head is not computed for others. */
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
    ...(kind.soft && { soft: input("soft", [1, "tokens", config.vocabSize]) }),
    ...(kind.masked && { bias: biasOf(input("mask", [1, 1, "tokens", maskedKeys(kind)], "bool")) }),
    past: Array.from({ length: kind.segments }, (_, segment) => cached(config, segment)),
    extend: kind.extend,
    chunks: kind.chunks,
  };
  const { hidden, fresh } = transformer(config, weights, inputs, linear);
  return {
    ...(kind.logits !== "none" && {
      logits: lmHead(config, weights, kind.logits === "rows" ? chosenRows(config, hidden) : hidden, linear),
    }),
    ...(kind.cache && cacheOutputs(fresh)),
  };
}

/** Chunks of queries in the universal graph. */
export const CHUNKS = 5;

/**
 * The graph of any pass of at most one cached segment beside the one that the tokens are appended to, either of which
 * may be empty: big weights are in memory once, whatever kinds of passes there are. Outputs `logits` of chosen `rows`
 * [rows, vocabSize] and keys and values of the extended segment.
 */
export function anyPassGraph(
  config: Qwen3Config,
  quantized: QuantizedNames = NONE,
  cosSinFed = false,
): Record<string, Tensor> {
  const weights = weightInputs(config);
  const linear = linearOf(config, weights, quantized);
  const { hidden, fresh } = transformer(
    config,
    weights,
    {
      ...tokenInputs(config, cosSinFed),
      bias: biasOf(input("mask", [1, 1, "tokens", "past1+tokens"], "bool")),
      past: [cached(config, 0), cached(config, 1)],
      extend: true,
      chunks: {
        count: CHUNKS,
        starts: input("starts", [CHUNKS + 1], "int64"),
        keyEnds: input("keyEnds", [CHUNKS], "int64"),
      },
    },
    linear,
  );
  return { logits: lmHead(config, weights, chosenRows(config, hidden), linear), ...cacheOutputs(fresh) };
}

/** The name of the length of the segment that a mask is about: the one that the tokens themselves are in. */
const maskedKeys = ({ segments, extend }: PassKind): string =>
  extend ? `past${segments - 1}+tokens` : "tokens";

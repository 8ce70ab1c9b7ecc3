// The graph of one forward pass at inference, over one sequence and what is cached of it.
import { where } from "../graph/elementwise.ts";
import { constant, input, type Tensor } from "../graph/tensor.ts";
import type { KeysValues } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { AXES } from "./rotary.ts";
import { head, stack, weightInputs } from "./stack.ts";
import { GRID_TABLES } from "./weights.ts";

/** What tells one pass's graph from another's. */
export interface PassKind {
  /** Cached segments that the tokens see. */
  readonly segments: number;
  /** Whether the last of them is extended by these tokens. */
  readonly extend: boolean;
  /** Whether a mask is fed; without one, every key is visible. */
  readonly masked: boolean;
  readonly logits: boolean;
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

/** Outputs `logits` [tokens, vocabSize] and keys and values [1, kvHeads, length, headDim], as the kind asks. */
export function passGraph(config: Qwen3Config, kind: PassKind): Record<string, Tensor> {
  const positions = config.jigsaw?.positions ?? "sequence";
  const { kvHeads, headDim, layers } = config;
  const cached = (segment: number): KeysValues[] => {
    const shape = [1, kvHeads, `past${segment}`, headDim];
    return Array.from({ length: layers }, (_, i) => ({
      k: input(keyName(segment, i), shape),
      v: input(valueName(segment, i), shape),
    }));
  };
  const weights = weightInputs(config);
  const { hidden, fresh } = stack(config, weights, {
    ids: input("ids", [1, "tokens"], "int64"),
    coordinates: input("coordinates", [1, "tokens", AXES[positions]]),
    ...(positions === "grid" && { places: input("places", [1, "tokens", GRID_TABLES], "int64") }),
    ...(kind.masked && { bias: biasOf(input("mask", [1, 1, "tokens", maskedKeys(kind)], "bool")) }),
    past: Array.from({ length: kind.segments }, (_, segment) => cached(segment)),
    extend: kind.extend,
    chunks: kind.chunks,
  });
  const outputs: Record<string, Tensor> = kind.logits ? { logits: head(config, weights, hidden) } : {};
  if (kind.cache) {
    for (const [i, { k, v }] of fresh.entries()) {
      outputs[keyName("fresh", i)] = k;
      outputs[valueName("fresh", i)] = v;
    }
  }
  return outputs;
}

/** The name of the length of the segment that a mask is about: the one that the tokens themselves are in. */
const maskedKeys = ({ segments, extend }: PassKind): string =>
  extend ? `past${segments - 1}+tokens` : "tokens";

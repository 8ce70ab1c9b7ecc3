// A model's weights by name, in memory or read on demand, as with `torch.load(..., mmap=True)`.
import type { Qwen3Config } from "./config.ts";
import type { Weight, Weights } from "./weights.ts";

/** The range of a file that holds a tensor's values, row-major and little-endian. */
export interface FileRange {
  readonly path: string;
  /** As safetensors names it: "F32", "BF16". */
  readonly dtype: string;
  /** In bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** A weight whose values are read, or computed, at each call of `read`. */
export interface LazyWeight {
  /** Its sides, outermost first. */
  readonly dims: readonly number[];
  /** Row-major float32 values. */
  read(): Promise<Float32Array>;
  /** Where the same values lie in a file; none for values that are computed. */
  readonly location?: FileRange;
}

export type StateDict = Readonly<Record<string, Weight | LazyWeight>>;

export interface Checkpoint<W extends StateDict = Weights> {
  readonly config: Qwen3Config;
  /** Exactly the weights of `weightShapes(config)`. */
  readonly weights: W;
}

/** A weight's values; those in memory are not copied. */
export const readWeight = async (weight: Weight | LazyWeight): Promise<Float32Array> =>
  "data" in weight ? weight.data : weight.read();

/** Reads all weights, one after the other. */
export async function collect(dict: StateDict): Promise<Weights> {
  const weights: Record<string, Weight> = {};
  for (const [name, weight] of Object.entries(dict)) {
    weights[name] = "data" in weight ? weight : { dims: weight.dims, data: await weight.read() };
  }
  return weights;
}

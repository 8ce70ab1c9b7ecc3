// The weights of a model to be opened: in memory, in files, or quantized.
import { JigsawError } from "../core/errors.ts";
import type { ExternalData, Initializers } from "../graph/onnx.ts";
import { isQuantized, quantize, scalesOf, valuesOf } from "./quantize.ts";
import { readWeight, type StateDict } from "./state-dict.ts";
import { EMBEDDING } from "./weights.ts";

/** Values that stay in a file, which the engine reads itself. */
export interface ExternalWeight extends ExternalData {
  /** The folder of the file, without symbolic links. */
  readonly folder: string;
}

/** A weight in float32 or, in a file, in a dtype that is cast to it. */
export interface PlainWeight {
  readonly dims: readonly number[];
  readonly data: Float32Array | ExternalWeight;
}

/** An int8 matrix and its scales (see quantize.ts). */
export interface QuantizedWeight {
  readonly dims: readonly number[];
  readonly values: Uint8Array | ExternalWeight;
  readonly scales: Float32Array | ExternalWeight;
  /** For an embedding: the float32 matrix, from which rows are looked up. */
  readonly table?: Float32Array;
}

/** Weights by their Hugging Face names. */
export type ModelWeights = Readonly<Record<string, PlainWeight | QuantizedWeight>>;

/**
 * Quantizes the matrices that `isQuantized` names, one at a time, and reads the others.
 * @param store where the bytes and the scales go; by default they stay in memory
 */
export async function quantizeWeights(
  dict: StateDict,
  store: <T extends Uint8Array | Float32Array>(data: T) => T | Promise<ExternalWeight> = (data) => data,
): Promise<ModelWeights> {
  const weights: Record<string, ModelWeights[string]> = {};
  for (const [name, weight] of Object.entries(dict)) {
    const { dims } = weight;
    const data = await readWeight(weight);
    if (!isQuantized(name, dims)) {
      weights[name] = { dims, data };
      continue;
    }
    const { values, scales } = quantize(data, dims as [number, number]);
    const table = name === EMBEDDING && { table: data };
    weights[name] = { dims, values: await store(values), scales: await store(scales), ...table };
  }
  return weights;
}

/** The names of the matrices that are quantized. */
export const quantizedNames = (weights: ModelWeights): ReadonlySet<string> =>
  new Set(Object.keys(weights).filter((name) => "scales" in weights[name]!));

/** The initializers for `toOnnx`, the one folder that holds all their files, and their size in bytes. */
export function bind(weights: ModelWeights): {
  initializers: Initializers;
  folder: string | undefined;
  bytes: number;
} {
  const initializers: Record<string, Float32Array | Uint8Array | ExternalWeight> = {};
  for (const [name, weight] of Object.entries(weights)) {
    if ("data" in weight) initializers[name] = weight.data;
    else {
      initializers[valuesOf(name)] = weight.values;
      initializers[scalesOf(name)] = weight.scales;
      if (weight.table) initializers[name] = weight.table;
    }
  }
  const all = Object.values(initializers);
  const folders = [...new Set(all.flatMap((data) => ("folder" in data ? [data.folder] : [])))];
  if (folders.length > 1) {
    throw new JigsawError("unsupported", `weights lie in ${folders.length} folders: ${folders.join(", ")}`);
  }
  const bytes = all.reduce((sum, data) => sum + ("file" in data ? data.bytes : data.byteLength), 0);
  return { initializers, folder: folders[0], bytes };
}

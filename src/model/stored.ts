// Weights as a model takes them: values in memory, places in files, or bytes.
import { JigsawError } from "../core/errors.ts";
import type { ExternalData, Initializers } from "../graph/onnx.ts";
import { isRounded, quantise, scalesOf, valuesOf } from "./quantise.ts";
import { EMBEDDING, type Weight, type Weights } from "./weights.ts";

/** A weight that stays in its file. */
export interface Located {
  readonly dims: readonly number[];
  readonly stored: ExternalData;
  /** The folder of the file, without symbolic links. */
  readonly folder: string;
}

/** A matrix as bytes, in memory or in a file; with `table`, also as what rows are looked up in. */
export interface Rounded {
  readonly dims: readonly number[];
  readonly values: Uint8Array | ExternalData;
  readonly scales: Float32Array | ExternalData;
  readonly folder?: string;
  readonly table?: Weight | Located;
}

/** Weights by their Hugging Face names. */
export type StoredWeights = Readonly<Record<string, Weight | Located | Rounded>>;

export const isRoundedWeight = (weight: StoredWeights[string]): weight is Rounded => "scales" in weight;

/** Rounds weights in memory: those that `isRounded` names. */
export const roundWeights = (weights: Weights): StoredWeights =>
  Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      const { dims, data } = weight;
      if (!isRounded(name, dims)) return [name, weight];
      const { values, scales } = quantise(data, dims as [number, number]);
      return [name, { dims, values, scales, ...(name === EMBEDDING && { table: weight }) }];
    }),
  );

/** How a model's matrices are used. */
export const PRECISIONS = ["float32", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What `toOnnx` binds, and the one folder in which all files are. */
export function bind(weights: StoredWeights): {
  initializers: Initializers;
  folder: string | undefined;
  bytes: number;
} {
  const initializers: Record<string, Initializers[string]> = {};
  const folders = new Set<string>();
  const add = (name: string, weight: Weight | Located) => {
    initializers[name] = "data" in weight ? weight.data : weight.stored;
    if ("folder" in weight) folders.add(weight.folder);
  };
  for (const [name, weight] of Object.entries(weights)) {
    if (!isRoundedWeight(weight)) add(name, weight);
    else {
      initializers[valuesOf(name)] = weight.values;
      initializers[scalesOf(name)] = weight.scales;
      if (weight.folder) folders.add(weight.folder);
      if (weight.table) add(name, weight.table);
    }
  }
  if (folders.size > 1) {
    throw new JigsawError(
      "unsupported",
      `weights lie in ${folders.size} folders: ${[...folders].join(", ")}`,
    );
  }
  const bytes = Object.values(initializers).reduce(
    (sum, b) => sum + ("file" in b ? b.bytes : b.byteLength),
    0,
  );
  return { initializers, folder: [...folders][0], bytes };
}

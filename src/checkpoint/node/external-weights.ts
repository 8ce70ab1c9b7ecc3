/** Weights as a model takes them: in memory, in the files where they lie, or quantized into a file. Node only. */
import { rmSync } from "node:fs";
import { mkdtemp, open, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type ExternalWeight, type ModelWeights, quantizeWeights } from "../../model/model-weights.ts";
import type { Precision } from "../../model/quantize.ts";
import { type LazyWeight, readWeight, type StateDict } from "../../model/state-dict.ts";
import { BIG_MODEL } from "../../model/weights.ts";
import { type FloatDtype, TORCH_DTYPES } from "../dtype.ts";
import { collectCheckpoint, type OpenCheckpoint, type Warn } from "./checkpoint.ts";
import { writeAll } from "./safetensors-file.ts";

/**
 * The weights of a model that is run and not trained: those of a big one stay in their files, and with the precision
 * "int8" matrices are quantized (see quantize.ts).
 * @param big from how many bytes on a model is big
 */
export async function loadWeights(
  open: OpenCheckpoint<LazyWeight>,
  { precision = "float32", warn, big = BIG_MODEL }: { precision?: Precision; warn?: Warn; big?: number } = {},
): Promise<ModelWeights> {
  if (open.bytes > big) {
    return precision === "int8" ? quantizeToFile(open.weights) : externalWeights(open.weights);
  }
  const { weights } = await collectCheckpoint(open, warn);
  return precision === "int8" ? quantizeWeights(weights) : weights;
}

/**
 * Weights where they lie in files, all in one folder, since ONNX Runtime looks into one only; the others are read.
 * Symbolic links, as in Hugging Face's cache, are followed first: it refuses those that lead out.
 */
export async function externalWeights(dict: StateDict): Promise<ModelWeights> {
  const real = new Map<string, string>();
  for (const weight of Object.values(dict)) {
    const path = "location" in weight ? weight.location?.path : undefined;
    if (path !== undefined && !real.has(path)) real.set(path, await realpath(path));
  }
  const inOneFolder = new Set([...real.values()].map(dirname)).size === 1;
  const weights: Record<string, ModelWeights[string]> = {};
  for (const [name, weight] of Object.entries(dict)) {
    const { dims } = weight;
    const location = inOneFolder && "location" in weight && weight.location;
    if (!location) weights[name] = { dims, data: await readWeight(weight) };
    else {
      const { offset, bytes } = location;
      const dtype = TORCH_DTYPES[location.dtype as FloatDtype];
      const path = real.get(location.path)!;
      weights[name] = { dims, data: { dtype, folder: dirname(path), file: basename(path), offset, bytes } };
    }
  }
  return weights;
}

/** As `quantizeWeights`, into a file that is removed when the process ends. */
export async function quantizeToFile(dict: StateDict): Promise<ModelWeights> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "jigsaw-int8-")));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const out = await open(join(folder, "weights.bin"), "w");
  let end = 0;
  const append = async (data: Uint8Array | Float32Array): Promise<ExternalWeight> => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeAll(out, bytes);
    end += bytes.length;
    const dtype = data instanceof Float32Array ? "float32" : "uint8";
    return { dtype, folder, file: "weights.bin", offset: end - bytes.length, bytes: bytes.length };
  };
  try {
    return await quantizeWeights(dict, append);
  } finally {
    await out.close();
  }
}

/** Weights that stay in their files, and bytes of them in a file of their own. Node only. */
import { rmSync } from "node:fs";
import { mkdtemp, open, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { ExternalData } from "../../graph/onnx.ts";
import { isRounded, quantise } from "../../model/quantise.ts";
import type { Located, Rounded, StoredWeights } from "../../model/stored.ts";
import { EMBEDDING, weightShapes } from "../../model/weights.ts";
import type { SafetensorsFile } from "./safetensors-file.ts";
import type { WeightSource } from "./weight-source.ts";

const STORED = { F32: "float32", BF16: "bfloat16", F16: "float16" } as const;

/**
 * Where the named tensors of an open file lie; undefined where they lie in several folders, since ONNX Runtime looks
 * into one only. Symbolic links, as in Hugging Face's cache, are followed first: it refuses those that lead out.
 */
export async function locate(
  file: SafetensorsFile,
  names: Iterable<string>,
): Promise<Record<string, Located> | undefined> {
  const found: Record<string, Located> = {};
  const real = new Map<string, string>();
  for (const name of names) {
    const path = file.pathOf(name);
    if (!real.has(path)) real.set(path, await realpath(path));
    const { dtype, shape, offset, bytes } = file.entries.get(name)!;
    found[name] = {
      dims: shape,
      folder: dirname(real.get(path)!),
      stored: { dtype: STORED[dtype as keyof typeof STORED], file: basename(real.get(path)!), offset, bytes },
    };
  }
  return new Set([...real.values()].map(dirname)).size > 1 ? undefined : found;
}

/**
 * The weights of a source, where they lie in its file; those that are not there in the same shape (a pruned table), or
 * that ONNX Runtime could not find, are read.
 */
export async function locateWeights(source: WeightSource, file: SafetensorsFile): Promise<StoredWeights> {
  const shapes = Object.entries(weightShapes(source.config));
  const there = shapes.filter(([name, shape]) => String(file.entries.get(name)?.shape) === String(shape));
  const located = await locate(
    file,
    there.map(([name]) => name),
  );
  const weights: Record<string, StoredWeights[string]> = {};
  for (const [name] of shapes) weights[name] = located?.[name] ?? (await source.read(name));
  return weights;
}

/**
 * Rounds the matrices that `isRounded` names to bytes, one at a time, into a file that is removed when the process
 * ends; the others are read.
 */
export async function roundToFile({ config, read }: WeightSource): Promise<StoredWeights> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "jigsaw-int8-")));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const out = await open(join(folder, "weights.bin"), "w");
  let end = 0;
  const append = async (data: Uint8Array | Float32Array): Promise<ExternalData> => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let done = 0; done < bytes.length; ) {
      done += (await out.write(bytes, done, Math.min(2 ** 30, bytes.length - done))).bytesWritten;
    }
    end += bytes.length;
    const dtype = data instanceof Float32Array ? "float32" : "uint8";
    return { dtype, file: "weights.bin", offset: end - bytes.length, bytes: bytes.length };
  };
  try {
    const weights: Record<string, StoredWeights[string]> = {};
    for (const [name, dims] of Object.entries(weightShapes(config))) {
      const weight = await read(name);
      weights[name] = weight;
      if (!isRounded(name, dims)) continue;
      const { values, scales } = quantise(weight.data, dims as [number, number]);
      const place = { values: await append(values), scales: await append(scales) };
      const table = name === EMBEDDING && { table: weight };
      weights[name] = { dims, folder, ...place, ...table } satisfies Rounded;
    }
    return weights;
  } finally {
    await out.close();
  }
}

/** Weights that stay in their files, and bytes of them in a file of their own. Node only. */
import { rmSync } from "node:fs";
import { mkdtemp, open, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { InFile } from "../graph/serialise.ts";
import { type OpenCheckpoint, openCheckpoint } from "./checkpoint.ts";
import type { Qwen3Config } from "./config.ts";
import { isRounded, quantise } from "./quantise.ts";
import type { SafetensorsFile } from "./safetensors-file.ts";
import type { Located, Rounded, StoredWeights } from "./stored.ts";
import { EMBEDDING, weightShapes } from "./weights.ts";

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

/** Weights of a checkpoint as a model takes them, whatever is the cheapest way. */
export interface StoredCheckpoint {
  readonly config: Qwen3Config;
  readonly weights: StoredWeights;
}

/** All weights of an open checkpoint, where they lie; read where ONNX Runtime could not find them. */
export async function locateOpen({ config, file }: OpenCheckpoint): Promise<StoredWeights> {
  const shapes = weightShapes(config);
  const located = await locate(file, Object.keys(shapes));
  if (located) return located;
  const read: Record<string, StoredWeights[string]> = {};
  for (const [name, dims] of Object.entries(shapes)) read[name] = { dims, data: await file.read(name) };
  return read;
}

/** Opens a checkpoint's folder, with the checks of `readCheckpoint`, and leaves its weights where they lie. */
export async function locateCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<StoredCheckpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    return { config: open.config, weights: await locateOpen(open) };
  } finally {
    await open.file.close();
  }
}

/**
 * Rounds the matrices that `isRounded` names to bytes, one at a time, into a file that is removed when the process
 * ends. Of the others, and where rows of a rounded table are looked up, `rest` tells what to use.
 */
export async function roundToFile(
  { config, file }: OpenCheckpoint,
  rest: StoredWeights,
): Promise<StoredWeights> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "jigsaw-int8-")));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const out = await open(join(folder, "weights.bin"), "w");
  let end = 0;
  const append = async (data: Uint8Array | Float32Array): Promise<InFile> => {
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
      const other = rest[name];
      if (!isRounded(name, dims)) {
        weights[name] = other && "data" in other ? other : { dims, data: await file.read(name) };
        continue;
      }
      const data = await file.read(name);
      const { values, scales } = quantise(data, dims as [number, number]);
      const place = { values: await append(values), scales: await append(scales) };
      const table = name === EMBEDDING && { table: { dims, data } };
      weights[name] = { dims, folder, ...place, ...table } satisfies Rounded;
    }
    return weights;
  } finally {
    await out.close();
  }
}

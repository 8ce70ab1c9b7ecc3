/** A checkpoint's weights, in one safetensors file or in shards under an index, as one. Node only. */
import { basename, dirname, join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile } from "../../files/atomic.ts";
import { ifThere, readJson, writeJson } from "../../files/json.ts";
import type { StateDict } from "../../model/state-dict.ts";
import { EMBEDDING, HEAD } from "../../model/weights.ts";
import { bytesOf, type FloatDtype } from "../dtype.ts";
import {
  type FileTensor,
  openSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from "./safetensors-file.ts";

const WEIGHTS_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/** Which shard each tensor is in, as an index says; no shard may lie outside the folder. */
function shardMap(index: unknown, path: string): Map<string, string> {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null) {
    throw new JigsawError("bad-checkpoint", `${path}: has no weight_map`);
  }
  return new Map(
    Object.entries(map).map(([tensor, name]: [string, unknown]) => {
      if (typeof name === "string" && /^[\w-][\w.-]*\.safetensors$/.test(name)) return [tensor, name];
      const shown = String(JSON.stringify(name)).slice(0, 80);
      throw new JigsawError(
        "bad-checkpoint",
        `${path}: weight_map names a file that cannot be a shard: ${shown}`,
      );
    }),
  );
}

/** Opens the shards that an index names, each once. */
async function openShards(map: ReadonlyMap<string, string>, path: string): Promise<SafetensorsFile[]> {
  const files: SafetensorsFile[] = [];
  try {
    for (const name of new Set(map.values())) {
      const file = await ifThere(openSafetensors(join(dirname(path), name)));
      if (!file) {
        const [first] = [...map].find(([, shard]) => shard === name)!;
        throw new JigsawError(
          "bad-checkpoint",
          `${path}: says that tensor "${first.slice(0, 200)}" is in ${name}, but there is no such file`,
          "Fetch the missing file, or the whole checkpoint again.",
        );
      }
      files.push(file);
    }
    return files;
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

async function closeAll(files: readonly AsyncDisposable[]): Promise<void> {
  for (const file of files) await file[Symbol.asyncDispose]();
}

/** Open shards as if they were one file, each tensor read from where it lies, which must be where the index says. */
function joinShards(
  files: readonly SafetensorsFile[],
  map: ReadonlyMap<string, string>,
  path: string,
): SafetensorsFile {
  const tensors: Record<string, FileTensor> = {};
  for (const file of files) {
    for (const [name, tensor] of Object.entries(file.tensors)) {
      const other = tensors[name]?.location;
      if (other)
        throw new JigsawError("bad-checkpoint", `${file.path}: tensor "${name}" is also in ${other.path}`);
      tensors[name] = tensor;
    }
  }
  for (const [tensor, shard] of map) {
    const owner = Object.hasOwn(tensors, tensor) ? basename(tensors[tensor]!.location.path) : undefined;
    if (owner === shard) continue;
    const where = owner === undefined ? "nor has any other shard" : `it is in ${owner}`;
    throw new JigsawError(
      "bad-checkpoint",
      `${path}: says that tensor "${tensor.slice(0, 200)}" is in ${shard}, which has no such tensor; ${where}`,
    );
  }
  const metadata = files[0]?.metadata ?? {};
  return { path, tensors, metadata, [Symbol.asyncDispose]: () => closeAll(files) };
}

/**
 * The name that Qwen3 has for a tensor of NVIDIA's diffusion models of its shape (Efficient-DLM), which call the stack
 * "encoder" and the head "diffusion_head".
 */
const plainName = (name: string): string =>
  name === "diffusion_head.weight" ? HEAD : name.replace(/^encoder\./, "model.");

/** Opens the weights in a checkpoint's folder, under Qwen3's names: `model.safetensors`, or else the shards of its index. */
export async function openWeights(folder: string): Promise<SafetensorsFile> {
  const file = await openFiles(folder);
  const { tensors } = file;
  if (tensors[EMBEDDING] || !tensors["encoder.embed_tokens.weight"]) return file;
  const named = Object.entries(tensors).map(([name, tensor]) => [plainName(name), tensor] as const);
  return { ...file, tensors: Object.fromEntries(named) };
}

async function openFiles(folder: string): Promise<SafetensorsFile> {
  const single = await ifThere(openSafetensors(await currentFile(folder, WEIGHTS_FILE)));
  if (single) return single;
  const path = join(folder, INDEX_FILE);
  const index = await ifThere(readJson(path, "bad-checkpoint", { unique: true }));
  if (index === undefined) {
    throw new JigsawError(
      "not-found",
      `${folder}: holds neither ${WEIGHTS_FILE} nor ${INDEX_FILE}`,
      "Weights in other formats (.bin, .gguf) have to be converted to safetensors first.",
    );
  }
  const map = shardMap(index, path);
  const files = await openShards(map, path);
  try {
    return joinShards(files, map, path);
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

/** Tensors in groups of at most `most` bytes, in order; one that is larger has a group of its own. */
function groups(tensors: StateDict, dtype: FloatDtype, most: number): StateDict[] {
  const found: Record<string, StateDict[string]>[] = [];
  let room = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const bytes = bytesOf(tensor.dims, dtype);
    if (found.length === 0 || bytes > room) {
      found.push({});
      room = most;
    }
    found.at(-1)![name] = tensor;
    room -= bytes;
  }
  return found;
}

/** Writes weights into a folder: one file, or shards of at most `most` bytes and their index. */
export async function writeWeights(
  folder: string,
  weights: StateDict,
  dtype: FloatDtype,
  most: number,
): Promise<void> {
  const shards = groups(weights, dtype, most);
  if (shards.length === 1) return writeSafetensors(join(folder, WEIGHTS_FILE), weights, { dtype });
  const number = (n: number) => String(n).padStart(5, "0");
  const map: [string, string][] = [];
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, file), shard, { dtype });
    map.push(...Object.keys(shard).map((name): [string, string] => [name, file]));
  }
  const size = Object.values(weights).reduce((sum, { dims }) => sum + bytesOf(dims, dtype), 0);
  await writeJson(join(folder, INDEX_FILE), {
    metadata: { total_parameters: size / bytesOf([], dtype), total_size: size },
    weight_map: Object.fromEntries(map.sort(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** A checkpoint's weights, in one safetensors file or in shards under an index, as one. Node only. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { JigsawError } from "../errors.ts";
import { currentFile, ioError } from "./atomic.ts";
import { openSafetensors, type SafetensorsFile } from "./safetensors-file.ts";

export const WEIGHTS_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/** Reads a JSON file; whatever is wrong with it is a JigsawError that names it. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw ioError(error, `cannot read ${path}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JigsawError("bad-checkpoint", `${path}: is not JSON: ${(error as Error).message}`);
  }
}

/** What `promise` gives, or undefined where the file is not there. */
const ifThere = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error) => {
    if (error instanceof JigsawError && error.code === "not-found") return undefined;
    throw error;
  });

/** The names of the shards that an index lists; none may lead out of the folder. */
function shardNames(index: unknown, path: string): string[] {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null) {
    throw new JigsawError("bad-checkpoint", `${path}: has no weight_map`);
  }
  const names = [...new Set<unknown>(Object.values(map))];
  return names.map((name) => {
    if (typeof name === "string" && /^[\w-][\w.-]*\.safetensors$/.test(name)) return name;
    const shown = String(JSON.stringify(name)).slice(0, 80);
    throw new JigsawError(
      "bad-checkpoint",
      `${path}: weight_map names a file that cannot be a shard: ${shown}`,
    );
  });
}

/** Open shards as if they were one file, each tensor read from where it lies. */
function joinShards(files: readonly SafetensorsFile[], path: string): SafetensorsFile {
  const owners = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const name of file.entries.keys()) {
      const other = owners.get(name);
      if (other)
        throw new JigsawError("bad-checkpoint", `${file.path}: tensor "${name}" is also in ${other.path}`);
      owners.set(name, file);
    }
  }
  return {
    path,
    entries: new Map(files.flatMap((file) => [...file.entries])),
    metadata: files[0]?.metadata ?? {},
    read: async (name) => {
      const file = owners.get(name);
      if (!file) throw new JigsawError("bad-checkpoint", `${path}: has no tensor "${name}"`);
      return file.read(name);
    },
    close: async () => {
      for (const file of files) await file.close();
    },
  };
}

/** Opens the weights in a checkpoint's folder: `model.safetensors`, or else the shards of its index. */
export async function openWeights(folder: string): Promise<SafetensorsFile> {
  const single = await ifThere(openSafetensors(await currentFile(folder, WEIGHTS_FILE)));
  if (single) return single;
  const path = join(folder, INDEX_FILE);
  const index = await ifThere(readJson(path));
  if (index === undefined) {
    throw new JigsawError(
      "not-found",
      `${folder}: holds neither ${WEIGHTS_FILE} nor ${INDEX_FILE}`,
      "Weights in other formats (.bin, .gguf) have to be converted to safetensors first.",
    );
  }
  const files: SafetensorsFile[] = [];
  try {
    for (const name of shardNames(index, path)) files.push(await openSafetensors(join(folder, name)));
    return joinShards(files, path);
  } catch (error) {
    for (const file of files) await file.close();
    throw error;
  }
}

/** A checkpoint's weights, in one safetensors file or in shards under an index, as one. Node only. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { repeatedKey } from "../../core/json-keys.ts";
import { currentFile, ioError } from "../../files/atomic.ts";
import { withPlainNames } from "./encoder-names.ts";
import { openSafetensors, type SafetensorsFile } from "./safetensors-file.ts";

export const WEIGHTS_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/**
 * Reads a JSON file; whatever is wrong with it is a JigsawError that names it. With `unique`, so is a key that an object
 * has twice, of which others may take the first.
 */
export async function readJson(path: string, { unique = false } = {}): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw ioError(error, `cannot read ${path}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new JigsawError("bad-checkpoint", `${path}: is not JSON: ${(error as Error).message}`);
  }
  const twice = unique ? repeatedKey(text) : undefined;
  if (twice !== undefined)
    throw new JigsawError("bad-checkpoint", `${path}: has "${twice.slice(0, 80)}" twice`);
  return json;
}

/** What `promise` gives, or undefined where the file is not there. */
export const ifThere = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error) => {
    if (error instanceof JigsawError && error.code === "not-found") return undefined;
    throw error;
  });

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
    for (const file of files) await file.close();
    throw error;
  }
}

/** Open shards as if they were one file, each tensor read from where it lies, which must be where the index says. */
function joinShards(
  files: readonly SafetensorsFile[],
  map: ReadonlyMap<string, string>,
  path: string,
): SafetensorsFile {
  const owners = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const name of file.entries.keys()) {
      const other = owners.get(name);
      if (other)
        throw new JigsawError("bad-checkpoint", `${file.path}: tensor "${name}" is also in ${other.path}`);
      owners.set(name, file);
    }
  }
  for (const [tensor, shard] of map) {
    const owner = owners.get(tensor);
    if (owner && basename(owner.path) === shard) continue;
    const where = owner ? `it is in ${basename(owner.path)}` : "nor has any other shard";
    throw new JigsawError(
      "bad-checkpoint",
      `${path}: says that tensor "${tensor.slice(0, 200)}" is in ${shard}, which has no such tensor; ${where}`,
    );
  }
  const owner = (name: string) => {
    const file = owners.get(name);
    if (!file) throw new JigsawError("bad-checkpoint", `${path}: has no tensor "${name}"`);
    return file;
  };
  return {
    path,
    entries: new Map(files.flatMap((file) => [...file.entries])),
    metadata: files[0]?.metadata ?? {},
    pathOf: (name) => owner(name).path,
    read: async (name) => owner(name).read(name),
    readRows: async (name, rows) => owner(name).readRows(name, rows),
    close: async () => {
      for (const file of files) await file.close();
    },
  };
}

/** Opens the weights in a checkpoint's folder: `model.safetensors`, or else the shards of its index. */
export const openWeights = async (folder: string): Promise<SafetensorsFile> =>
  withPlainNames(await openStored(folder));

async function openStored(folder: string): Promise<SafetensorsFile> {
  const single = await ifThere(openSafetensors(await currentFile(folder, WEIGHTS_FILE)));
  if (single) return single;
  const path = join(folder, INDEX_FILE);
  const index = await ifThere(readJson(path, { unique: true }));
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
    for (const file of files) await file.close();
    throw error;
  }
}

/** Writes a model's folder in Hugging Face's layout, one tensor in memory at a time, in shards where it is big. Node only. */
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile, ioError, writeFolderAtomically } from "../../files/atomic.ts";
import { type Shapes, weightShapes } from "../../model/weights.ts";
import { isObject } from "../config-fields.ts";
import { writeConfig } from "../config-json.ts";
import { DTYPE_BYTES, type FloatDtype } from "../dtype.ts";
import type { TokenizerFiles } from "../puzzle-tokenizer.ts";
import { type SavedVocabulary, VOCABULARY_FILE, writeVocabulary } from "../vocabulary-json.ts";
import { type OpenCheckpoint, writeJson } from "./checkpoint.ts";
import { writeTensors } from "./safetensors-file.ts";
import { ifThere, readJson, WEIGHTS_FILE } from "./shards.ts";
import type { WeightSource } from "./weight-source.ts";

/** Files beside a model's weights that are part of it, whoever wrote them. */
const SIDE_FILE =
  /^(?:generation_config\.json|tokenizer.*\.(?:json|model)|vocab(?:ulary)?\.json|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(?:jinja|json)|LICEN[SC]E.*|NOTICE.*)$/;

/** Ids of roles that a configuration names beside the tokenizer; runtimes other than transformers read them there. */
const ROLE_IDS = ["bos_token_id", "eos_token_id", "pad_token_id"];

export interface ExportOptions {
  /** How weights are stored. */
  readonly dtype: FloatDtype;
  /** Whether it is written as a plain Qwen3 whatever it was trained for (see `writeConfig`). */
  readonly plain?: boolean;
  /** Bytes of tensors in a file; a tensor that is larger has a file of its own. */
  readonly shardBytes?: number;
  /** Where files beside the weights come from. */
  readonly beside: string;
  /** Replaces the tokenizer's files. */
  readonly tokenizer?: TokenizerFiles | undefined;
  readonly vocabulary?: SavedVocabulary | undefined;
}

/** As transformers does by default. */
export const SHARD_BYTES = 5e9;

/** The dtype that stores everything of a checkpoint as exactly as it is stored there. */
export function storedDtype({ config, file }: OpenCheckpoint): FloatDtype {
  const dtypes = new Set(Object.keys(weightShapes(config)).map((name) => file.entries.get(name)!.dtype));
  return dtypes.size === 1 ? ([...dtypes][0] as FloatDtype) : "F32";
}

/** Refuses a folder that holds something already; what a killed writer left there does not count. */
export async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw ioError(error, `cannot use ${folder}`);
  });
  const taken = names.find((name) => !name.startsWith("."));
  if (taken === undefined) return;
  throw new JigsawError("bad-option", `${folder} is not empty: it holds ${taken}`, "Name a new folder.");
}

/** Tensors in files of at most `most` bytes, in order. */
function shard(shapes: Shapes, dtype: FloatDtype, most: number): Record<string, readonly number[]>[] {
  const shards: Record<string, readonly number[]>[] = [];
  let room = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype]!);
    if (shards.length === 0 || bytes > room) {
      shards.push({});
      room = most;
    }
    shards.at(-1)![name] = shape;
    room -= bytes;
  }
  return shards;
}

async function writeShards(folder: string, source: WeightSource, dtype: FloatDtype, most: number) {
  const shapes = weightShapes(source.config);
  const shards = shard(shapes, dtype, most);
  const number = (n: number) => String(n).padStart(5, "0");
  const files = shards.map((_, i) =>
    shards.length === 1 ? WEIGHTS_FILE : `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`,
  );
  const map: Record<string, string> = {};
  for (const [i, part] of shards.entries()) {
    await writeTensors(join(folder, files[i]!), part, source.read, { dtype });
    for (const name of Object.keys(part)) map[name] = files[i]!;
  }
  if (shards.length === 1) return;
  const count = Object.values(shapes).reduce((sum, dims) => sum + dims.reduce((a, b) => a * b, 1), 0);
  await writeJson(join(folder, `${WEIGHTS_FILE}.index.json`), {
    metadata: { total_parameters: count, total_size: count * DTYPE_BYTES[dtype]! },
    weight_map: Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** What a model's own configuration says of tokens' roles. */
async function roleIds(folder: string): Promise<Record<string, unknown>> {
  const json = await readJson(await currentFile(folder, "config.json"));
  const entries = isObject(json) ? Object.entries(json) : [];
  return Object.fromEntries(entries.filter(([key, value]) => ROLE_IDS.includes(key) && value != null));
}

async function copyBeside(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (SIDE_FILE.test(name)) await copyFile(await currentFile(from, name), join(to, name));
  }
}

/** Writes a model's folder, whole or not at all; refuses one that holds something. */
export async function exportCheckpoint(
  folder: string,
  source: WeightSource,
  options: ExportOptions,
): Promise<void> {
  const { dtype, plain = false, shardBytes = SHARD_BYTES, beside, tokenizer = {}, vocabulary } = options;
  await checkEmpty(folder);
  const { jigsaw } = source.config;
  if (plain && jigsaw.positions === "grid") {
    throw new JigsawError(
      "unsupported",
      "the model's tokens stand in grids, which a plain Qwen3 does not know",
      "Leave out --plain; only Jigsaw runs this model.",
    );
  }
  await writeFolderAtomically(folder, async (staging) => {
    await writeShards(staging, source, dtype, shardBytes);
    await copyBeside(beside, staging);
    await writeJson(join(staging, "config.json"), {
      ...writeConfig(source.config, dtype, { plain }),
      ...(jigsaw.objectives.includes("masked-diffusion") && { mask_token_id: jigsaw.maskToken }),
      ...(await roleIds(beside)),
    });
    if (!(await ifThere(readJson(join(staging, "generation_config.json"))))) {
      await writeJson(join(staging, "generation_config.json"), {
        do_sample: false,
        transformers_version: "4.51.0",
      });
    }
    for (const [name, json] of Object.entries(tokenizer))
      await writeFile(join(staging, name), `${JSON.stringify(json, null, 2)}\n`);
    if (vocabulary) await writeJson(join(staging, VOCABULARY_FILE), writeVocabulary(vocabulary));
  });
}

/** Writes a model's folder for others to open: in shards where it is big, with its tokenizer and licence. Node only. */
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { currentFile, ioError, writeFolderAtomically } from "../../files/atomic.ts";
import { readJson, writeJson } from "../../files/json.ts";
import type { Checkpoint, LazyWeight, StateDict } from "../../model/state-dict.ts";
import type { FloatDtype } from "../dtype.ts";
import type { TokenizerFiles } from "../puzzle-tokenizer.ts";
import { type SavedVocabulary, VOCABULARY_FILE, writeVocabulary } from "../vocabulary-json.ts";
import { type OpenCheckpoint, type WriteOptions, writeFiles } from "./checkpoint.ts";

/** Files beside a model's weights that are part of it, whoever wrote them. */
const SIDE_FILE =
  /^(?:generation_config\.json|tokenizer.*\.(?:json|model)|vocab(?:ulary)?\.json|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(?:jinja|json)|LICEN[SC]E.*|NOTICE.*)$/;

/** Ids of roles that a configuration repeats from the tokenizer; runtimes other than transformers read them there. */
const ROLE_IDS = ["bos_token_id", "eos_token_id", "pad_token_id"];

export interface ExportOptions extends Omit<WriteOptions, "extra"> {
  /** The model's own folder: its files beside the weights are copied. */
  readonly from: string;
  /** Replaces the tokenizer's files. */
  readonly tokenizer?: TokenizerFiles | undefined;
  readonly vocabulary?: SavedVocabulary | undefined;
}

/** As transformers does by default. */
export const SHARD_BYTES = 5e9;

/** The dtype that stores everything of a checkpoint as exactly as it is stored there. */
export function storedDtype({ weights }: OpenCheckpoint<LazyWeight>): FloatDtype {
  const dtypes = new Set(Object.values(weights).map(({ location }) => location?.dtype ?? "F32"));
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

/** The ids of tokens' roles in a model's own configuration. */
async function roleIds(folder: string): Promise<Record<string, unknown>> {
  const json = await readJson(await currentFile(folder, "config.json"), "bad-checkpoint");
  const entries = isObject(json) ? Object.entries(json) : [];
  return Object.fromEntries(entries.filter(([key, value]) => ROLE_IDS.includes(key) && value != null));
}

/** Writes a model's folder, whole or not at all; refuses one that holds something. */
export async function exportCheckpoint(
  folder: string,
  { config, weights }: Checkpoint<StateDict>,
  { from, tokenizer = {}, vocabulary, shardBytes = SHARD_BYTES, ...options }: ExportOptions,
): Promise<void> {
  await checkEmpty(folder);
  const { positions, objectives, maskToken } = config.jigsaw;
  if (options.plain && positions === "grid") {
    throw new JigsawError(
      "unsupported",
      "the model's tokens stand in grids, which a plain Qwen3 does not know",
      "Leave out --plain; only Jigsaw runs this model.",
    );
  }
  const mask = objectives.includes("masked-diffusion") && { mask_token_id: maskToken };
  const extra = { ...mask, ...(await roleIds(from)) };
  await writeFolderAtomically(folder, async (staging) => {
    await writeFiles(staging, config, weights, { ...options, shardBytes, extra });
    for (const name of await readdir(from)) {
      if (SIDE_FILE.test(name)) await copyFile(await currentFile(from, name), join(staging, name));
    }
    for (const [name, json] of Object.entries(tokenizer)) await writeJson(join(staging, name), json);
    if (vocabulary) await writeJson(join(staging, VOCABULARY_FILE), writeVocabulary(vocabulary));
  });
}

/** A model's folder in Hugging Face's layout: `config.json`, `generation_config.json`, `model.safetensors`. Node only. */
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile, writeFolderAtomically } from "../../files/atomic.ts";
import { readJson, writeJson } from "../../files/json.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { type Checkpoint, collect, type LazyWeight, type StateDict } from "../../model/state-dict.ts";
import { EMBEDDING, HEAD, weightShapes } from "../../model/weights.ts";
import { GENERATION_CONFIG, needsTokenizerHints, parseConfig, writeConfig } from "../config-json.ts";
import type { TokenizerHints } from "../diffusion-config.ts";
import { type FloatDtype, isFloatDtype } from "../dtype.ts";
import type { FileTensor } from "./safetensors-file.ts";
import { openWeights, writeWeights } from "./shards.ts";
import { readTokenizerHints } from "./tokenizer-hints.ts";

const CONFIG_FILE = "config.json";
const GENERATION_CONFIG_FILE = "generation_config.json";

/** Hears of what is odd but harmless. */
export type Warn = (message: string) => void;
const silent: Warn = () => {};

type Tensors<T> = Readonly<Record<string, T>>;

/** A few of `items`, cut where a hostile name is endless, and how many more there are. */
function few(items: readonly string[], most = 3): string {
  const rest = items.length - most;
  const shown = items.slice(0, most).map((item) => item.slice(0, 200));
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** Whether a stored tensor that the configuration does not ask for may be left unread. */
const isSpare = (name: string, config: Qwen3Config): boolean =>
  (config.tieWordEmbeddings && name === HEAD) || name.endsWith(".rotary_emb.inv_freq");

/** The tensors that a configuration asks for; refuses to go without, naming what is missing, unexpected or of another shape. */
function pickWeights<T extends StateDict[string]>(
  found: Tensors<T>,
  config: Qwen3Config,
  path: string,
): Tensors<T> {
  const shapes = weightShapes(config);
  const wanted = Object.entries(shapes);
  const has = (name: string) => Object.hasOwn(found, name);
  const missing = wanted.filter(([name]) => !has(name)).map(([name, shape]) => `${name} [${shape}]`);
  const unexpected = Object.entries(found)
    .filter(([name]) => !Object.hasOwn(shapes, name) && !isSpare(name, config))
    .map(([name, { dims }]) => `${name} [${dims}]`);
  const misshapen = wanted.flatMap(([name, shape]) => {
    if (!has(name) || String(found[name]!.dims) === String(shape)) return [];
    return `${name} has shape [${found[name]!.dims}], expected [${shape}]`;
  });
  const wrong = [
    misshapen.length ? few(misshapen) : "",
    missing.length ? `missing: ${few(missing)}` : "",
    unexpected.length ? `unexpected: ${few(unexpected)}` : "",
  ].filter(Boolean);
  if (wrong.length) {
    throw new JigsawError(
      "bad-checkpoint",
      `${path}: does not fit its config.json: ${wrong.join("; ")}`,
      "Is this config.json the one that the weights were saved with?",
    );
  }
  return Object.fromEntries(wanted.map(([name]) => [name, found[name]!]));
}

function checkDtypes(tensors: Tensors<FileTensor>, path: string): void {
  for (const [name, { location }] of Object.entries(tensors)) {
    if (isFloatDtype(location.dtype)) continue;
    const what = `${path}: tensor "${name}" has dtype ${location.dtype}`;
    throw new JigsawError("unsupported", what, "Jigsaw runs F32, BF16 and F16.");
  }
}

/**
 * Reads the configuration of a checkpoint's folder, and of a diffusion checkpoint of others what its tokenizer's files
 * say. `overrides` go before what the files say.
 */
export async function readConfig(
  folder: string,
  warn = silent,
  overrides: Pick<TokenizerHints, "maskToken" | "blockSize"> = {},
): Promise<Qwen3Config> {
  const path = await currentFile(folder, CONFIG_FILE);
  const json = await readJson(path, "bad-checkpoint");
  const hints = needsTokenizerHints(json) ? await readTokenizerHints(folder) : {};
  return parseConfig(json, path, { ...hints, ...overrides, warn });
}

/** A checkpoint whose weights are still in their file. Dispose of it when they are read. */
export interface OpenCheckpoint<T extends LazyWeight = FileTensor>
  extends Checkpoint<Tensors<T>>,
    AsyncDisposable {
  /** The file of the weights, or of the shards' index. */
  readonly path: string;
  /** How many bytes all tensors take there. */
  readonly bytes: number;
  /** A head that is stored beside the embedding that it is tied to; it is not used. */
  readonly unusedHead?: T | undefined;
}

/**
 * Opens a checkpoint's folder. Refuses tensors that are missing, unexpected or of another shape than the
 * configuration's; reads none yet.
 */
export async function openCheckpoint(folder: string, warn = silent): Promise<OpenCheckpoint> {
  const config = await readConfig(folder, warn);
  const { path, tensors, ...file } = await openWeights(folder);
  try {
    const weights = pickWeights(tensors, config, path);
    checkDtypes(weights, path);
    const bytes = Object.values(tensors).reduce((sum, { location }) => sum + location.bytes, 0);
    return { ...file, config, path, bytes, weights, unusedHead: weights[HEAD] ? undefined : tensors[HEAD] };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** Reads all weights of an open checkpoint; an unused head that differs from the embedding is a warning. */
export async function collectCheckpoint(
  { config, weights, path, unusedHead }: OpenCheckpoint<LazyWeight>,
  warn = silent,
): Promise<Checkpoint> {
  const all = await collect(weights);
  if (unusedHead) {
    const [head, { data: embedding }] = [await unusedHead.read(), all[EMBEDDING]!];
    if (head.length !== embedding.length || head.some((value, i) => value !== embedding[i])) {
      warn(`${path}: ${HEAD} differs from the embedding that config.json ties it to, and is not used`);
    }
  }
  return { config, weights: all };
}

/**
 * Reads a checkpoint's folder, all weights as float32 values (see `openCheckpoint`). `warn` hears of what is odd but
 * harmless.
 */
export async function readCheckpoint(folder: string, warn = silent): Promise<Checkpoint> {
  await using open = await openCheckpoint(folder, warn);
  return await collectCheckpoint(open, warn);
}

export interface WriteOptions {
  /** How weights are stored. */
  readonly dtype?: FloatDtype;
  /** Whether it is written as a plain Qwen3 whatever it was trained for (see `writeConfig`). */
  readonly plain?: boolean;
  /** The most bytes of tensors in a file, where there is to be more than one. */
  readonly shardBytes?: number;
  /** Fields that `config.json` has besides the configuration's. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a checkpoint's folder, or replaces the checkpoint in one that exists (its other files stay), with one of the
 * weights that are not in memory read at a time. Killed at any moment, it leaves the old checkpoint or the new one for
 * `readCheckpoint` (see `writeFolderAtomically`). Refuses weights that are not those of the configuration.
 */
export const writeCheckpoint = (
  folder: string,
  config: Qwen3Config,
  weights: StateDict,
  options: WriteOptions = {},
): Promise<void> =>
  writeFolderAtomically(folder, (staging) => writeFiles(staging, config, weights, options, folder));

/** Writes a checkpoint's files; `name` names it in errors. */
export async function writeFiles(
  folder: string,
  config: Qwen3Config,
  weights: StateDict,
  { dtype = "F32", plain = false, shardBytes = Number.POSITIVE_INFINITY, extra = {} }: WriteOptions,
  name = folder,
): Promise<void> {
  const fitting = pickWeights(weights, config, name);
  await writeJson(join(folder, CONFIG_FILE), { ...writeConfig(config, dtype, { plain }), ...extra });
  await writeJson(join(folder, GENERATION_CONFIG_FILE), GENERATION_CONFIG);
  await writeWeights(folder, fitting, dtype, shardBytes);
}

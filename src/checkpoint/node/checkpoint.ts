/** A model's folder in Hugging Face's layout: `config.json`, `generation_config.json`, `model.safetensors`. Node only. */
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile, writeFileAtomically, writeFolderAtomically } from "../../files/atomic.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { EMBEDDING, HEAD, type Weight, type Weights, weightShapes } from "../../model/weights.ts";
import { needsBeside, parseConfig, writeConfig } from "../config-json.ts";
import type { Beside } from "../diffusion-config.ts";
import { type FloatDtype, isFloatDtype } from "../dtype.ts";
import { type SafetensorsFile, writeTensors } from "./safetensors-file.ts";
import { openWeights, readJson, WEIGHTS_FILE } from "./shards.ts";
import { readBeside } from "./token-files.ts";

export interface Checkpoint {
  readonly config: Qwen3Config;
  /** Exactly the weights of `weightShapes(config)`. */
  readonly weights: Weights;
}

const CONFIG_FILE = "config.json";

type Shaped = { readonly shape: readonly number[]; readonly dtype: string };

/** A few of `items`, cut where a hostile name is endless, and how many more there are. */
function few(items: readonly string[], most = 3): string {
  const rest = items.length - most;
  const shown = items.slice(0, most).map((item) => item.slice(0, 200));
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** Whether a stored tensor that the configuration does not ask for may be left unread. */
const isSpare = (name: string, config: Qwen3Config): boolean =>
  (config.tieWordEmbeddings && name === HEAD) || name.endsWith(".rotary_emb.inv_freq");

/** Refuses a file whose tensors are not those of the configuration, naming what differs. */
function checkTensors(found: ReadonlyMap<string, Shaped>, config: Qwen3Config, path: string): void {
  const shapes = new Map(Object.entries(weightShapes(config)));
  const wanted = [...shapes];
  const missing = wanted.filter(([name]) => !found.has(name)).map(([name, shape]) => `${name} [${shape}]`);
  const unexpected = [...found]
    .filter(([name]) => !shapes.has(name) && !isSpare(name, config))
    .map(([name, { shape }]) => `${name} [${shape}]`);
  const misshapen = wanted.flatMap(([name, shape]) => {
    const tensor = found.get(name);
    if (!tensor || String(tensor.shape) === String(shape)) return [];
    return `${name} has shape [${tensor.shape}], expected [${shape}]`;
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
  for (const [name] of wanted) {
    const { dtype } = found.get(name)!;
    if (!isFloatDtype(dtype)) {
      throw new JigsawError(
        "unsupported",
        `${path}: tensor "${name}" has dtype ${dtype}`,
        "Jigsaw runs F32, BF16 and F16.",
      );
    }
  }
}

/**
 * Reads the configuration of a checkpoint's folder, and of a diffusion checkpoint of others what its tokenizer's files
 * tell of it. `told` goes before what the files say.
 */
export async function readConfig(
  folder: string,
  warn: (message: string) => void = () => {},
  told: Pick<Beside, "maskToken" | "blockSize"> = {},
): Promise<Qwen3Config> {
  const path = await currentFile(folder, CONFIG_FILE);
  const json = await readJson(path);
  const beside = needsBeside(json) ? await readBeside(folder) : {};
  return parseConfig(json, path, { ...beside, ...told, warn });
}

/** A checkpoint whose weights are still in their file, which is to be closed. */
export interface OpenCheckpoint {
  readonly config: Qwen3Config;
  readonly file: SafetensorsFile;
}

/**
 * Opens a checkpoint's folder. Refuses tensors that are missing, unexpected or of another shape than the
 * configuration's; reads none yet.
 */
export async function openCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
  told: Pick<Beside, "maskToken" | "blockSize"> = {},
): Promise<OpenCheckpoint> {
  const config = await readConfig(folder, warn, told);
  const file = await openWeights(folder);
  try {
    checkTensors(file.entries, config, file.path);
    return { config, file };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A checkpoint's weights, the embedding (and head) as `readTable` reads them. `warn` hears of a head that is
 * stored beside an embedding that it is tied to, but differs from it.
 */
export async function readWeights(
  { config, file }: OpenCheckpoint,
  readTable: (name: string) => Promise<Weight>,
  warn: (message: string) => void,
): Promise<Weights> {
  const weights: Record<string, Weight> = {};
  for (const [name, dims] of Object.entries(weightShapes(config))) {
    const isTable = name === EMBEDDING || name === HEAD;
    weights[name] = isTable ? await readTable(name) : { dims, data: await file.read(name) };
  }
  if (config.tieWordEmbeddings && file.entries.has(HEAD)) {
    const { data: head } = await readTable(HEAD);
    const { data: embedding } = weights[EMBEDDING]!;
    if (head.length !== embedding.length || head.some((value, i) => value !== embedding[i])) {
      warn(`${file.path}: ${HEAD} differs from the embedding that config.json ties it to, and is not used`);
    }
  }
  return weights;
}

/** All weights of an open checkpoint as float32 values. */
export async function readOpen(
  open: OpenCheckpoint,
  warn: (message: string) => void = () => {},
): Promise<Checkpoint> {
  const readTable = async (name: string) => ({
    dims: open.file.entries.get(name)!.shape,
    data: await open.file.read(name),
  });
  return { config: open.config, weights: await readWeights(open, readTable, warn) };
}

/**
 * Reads a checkpoint's folder, all weights as float32 values (see `openCheckpoint`). `warn` hears of what is odd but
 * harmless.
 */
export async function readCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<Checkpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    return await readOpen(open, warn);
  } finally {
    await open.file.close();
  }
}

/** Writes a JSON file, whole or not at all. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomically(path, (file) => file.writeFile(`${JSON.stringify(value, null, 2)}\n`));

/**
 * Writes a checkpoint's folder, or replaces the checkpoint in one that exists (its other files stay). Killed at any
 * moment, it leaves the old checkpoint or the new one for `readCheckpoint` (see `writeFolderAtomically`).
 * Refuses weights that are not those of the configuration.
 */
export async function writeCheckpoint(
  folder: string,
  config: Qwen3Config,
  weights: Weights,
  { dtype = "F32" }: { dtype?: FloatDtype } = {},
): Promise<void> {
  const tensors = new Map(Object.entries(weights).map(([name, { dims }]) => [name, { shape: dims, dtype }]));
  checkTensors(tensors, config, folder);
  await streamCheckpoint(folder, config, async (name) => weights[name]!, { dtype });
}

/** As `writeCheckpoint`, with one weight in memory at a time. */
export async function streamCheckpoint(
  folder: string,
  config: Qwen3Config,
  read: (name: string) => Promise<Weight>,
  { dtype = "F32" }: { dtype?: FloatDtype } = {},
): Promise<void> {
  await writeFolderAtomically(folder, async (staging) => {
    await writeJson(join(staging, CONFIG_FILE), writeConfig(config, dtype));
    await writeJson(join(staging, "generation_config.json"), {
      do_sample: false,
      transformers_version: "4.51.0",
    });
    await writeTensors(join(staging, WEIGHTS_FILE), weightShapes(config), read, { dtype });
  });
}

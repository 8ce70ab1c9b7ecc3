/** A model's folder in Hugging Face's layout: `config.json`, `generation_config.json`, `model.safetensors`. Node only. */
import { join } from "node:path";
import { JigsawError } from "../errors.ts";
import { currentFile, writeFileAtomically, writeFolderAtomically } from "./atomic.ts";
import { parseConfig, type Qwen3Config, writeConfig } from "./config.ts";
import { type FloatDtype, isFloatDtype } from "./dtype.ts";
import { writeSafetensors } from "./safetensors-file.ts";
import { openWeights, readJson, WEIGHTS_FILE } from "./shards.ts";
import { EMBEDDING, HEAD, type Weight, type Weights, weightShapes } from "./weights.ts";

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
 * Reads a checkpoint's folder, all weights as float32 values. Refuses tensors that are missing, unexpected or of
 * another shape than the configuration's before any is read. `warn` hears of what is odd but harmless.
 */
export async function readCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<Checkpoint> {
  const configPath = await currentFile(folder, CONFIG_FILE);
  const config = parseConfig(await readJson(configPath), configPath);
  const file = await openWeights(folder);
  try {
    checkTensors(file.entries, config, file.path);
    const weights: Record<string, Weight> = {};
    for (const [name, dims] of Object.entries(weightShapes(config)))
      weights[name] = { dims, data: await file.read(name) };
    if (config.tieWordEmbeddings && file.entries.has(HEAD)) {
      const head = await file.read(HEAD);
      const embedding = weights[EMBEDDING]!.data;
      if (head.length !== embedding.length || head.some((value, i) => value !== embedding[i])) {
        warn(`${file.path}: ${HEAD} differs from the embedding that config.json ties it to, and is not used`);
      }
    }
    return { config, weights };
  } finally {
    await file.close();
  }
}

const writeJson = (path: string, value: unknown): Promise<void> =>
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
  await writeFolderAtomically(folder, async (staging) => {
    await writeJson(join(staging, CONFIG_FILE), writeConfig(config, dtype));
    await writeJson(join(staging, "generation_config.json"), {
      do_sample: false,
      transformers_version: "4.51.0",
    });
    await writeSafetensors(join(staging, WEIGHTS_FILE), weights, { dtype });
  });
}

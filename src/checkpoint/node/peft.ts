/** PEFT's LoRA folders, in both directions: `adapter_config.json` and `adapter_model.safetensors`. Node only. */
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile, writeFileAtomically, writeFolderAtomically } from "../../files/atomic.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { type Adapter, EMBEDDING_MODULE, factorsOf, HEAD_MODULE, loraShapes } from "../../model/lora.ts";
import { EMBEDDING, HEAD, type Weight, type Weights, weightShapes } from "../../model/weights.ts";
import { type FloatDtype, isFloatDtype } from "../dtype.ts";
import { parsePeftConfig, writePeftConfig } from "../peft-config.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors-file.ts";
import { ifThere, readJson } from "./shards.ts";

export const ADAPTER_CONFIG_FILE = "adapter_config.json";
export const ADAPTER_FILE = "adapter_model.safetensors";

const PREFIX = "base_model.model.";

export interface PeftAdapter extends Adapter {
  /** The model with the adapter; untied where PEFT trained the embedding and the head apart. */
  readonly config: Qwen3Config;
  /** The name or path of the model that the adapter was trained on. */
  readonly base: string | undefined;
  /** Weights of that model that are not trained, but that PEFT stored all the same: embeddings and heads. */
  readonly stored: Weights;
}

/** What PEFT's tensors are called here; of an adapter that a training kept in memory, "default" is left out. */
const ourName = (name: string): string =>
  name
    .slice(PREFIX.length)
    .replace(/\.modules_to_save(?:\.default)?\.weight$/, ".weight")
    .replace(/(\.lora_(?:embedding_)?[AB])\.default(?=\.|$)/, "$1")
    .replace(/\.base_layer\.weight$/, ".weight");

/** Tensors of adapters that compute something else. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\.lora_magnitude_vector\b/, "DoRA"],
  [/\.trainable_tokens_delta\b/, "trainable tokens"],
  [/\.bias$/, "biases"],
];

/** In which tensor of the file each of ours lies. Refuses what is not an adapter's, or of another shape. */
function findTensors(
  file: SafetensorsFile,
  config: Qwen3Config,
  shapes: Readonly<Record<string, readonly number[]>>,
) {
  const bad = (what: string, hint?: string) =>
    new JigsawError("bad-checkpoint", `${file.path}: ${what}`, hint);
  const base = weightShapes(config);
  const [headA, headB] = factorsOf(HEAD_MODULE);
  const found = new Map<string, string>();
  for (const [name, { shape, dtype }] of file.entries) {
    const foreign = FOREIGN.find(([pattern]) => pattern.test(name));
    if (foreign)
      throw new JigsawError("unsupported", `${file.path}: tensor "${name}": ${foreign[1]} are not supported`);
    const own = name.startsWith(PREFIX) ? ourName(name) : name;
    // PEFT stores a tied head's trained tensors again.
    if (config.tieWordEmbeddings && [HEAD, headA, headB].includes(own)) continue;
    const isBase = own === EMBEDDING || own === HEAD;
    const wanted = shapes[own] ?? (isBase ? base[own] : undefined);
    if (!wanted || own === name)
      throw bad(`tensor "${name}" [${shape}] is none that ${ADAPTER_CONFIG_FILE} asks for`);
    if (String(shape) !== String(wanted)) {
      const hint = isBase ? "Was the vocabulary changed? Then the base must be the changed one." : undefined;
      throw bad(`tensor "${name}" has shape [${shape}], expected [${wanted}]`, hint);
    }
    if (!isFloatDtype(dtype))
      throw new JigsawError("unsupported", `${file.path}: tensor "${name}" has dtype ${dtype}`);
    if (found.has(own)) throw bad(`tensors "${found.get(own)}" and "${name}" are the same one`);
    found.set(own, name);
  }
  const missing = Object.keys(shapes).find((name) => !found.has(name));
  if (missing) throw bad(`has no tensor "${PREFIX}${missing}" [${shapes[missing]}]`);
  return found;
}

/**
 * Reads an adapter that PEFT (or `writeAdapter`) wrote, for a base of the given configuration. Refuses what is not
 * LoRA, and tensors that do not fit the base, by name.
 */
export async function readAdapter(folder: string, base: Qwen3Config): Promise<PeftAdapter> {
  const configPath = await currentFile(folder, ADAPTER_CONFIG_FILE);
  const read = parsePeftConfig(await readJson(configPath), base, configPath);
  const file = await ifThere(openSafetensors(await currentFile(folder, ADAPTER_FILE)));
  if (!file) {
    throw new JigsawError(
      "not-found",
      `${folder}: has no ${ADAPTER_FILE}`,
      "An adapter in the older format (adapter_model.bin) has to be saved again by peft.",
    );
  }
  try {
    const shapes = loraShapes(read.config, read.lora);
    const weights: Record<string, Weight> = {};
    const stored: Record<string, Weight> = {};
    for (const [own, name] of findTensors(file, read.config, shapes)) {
      (Object.hasOwn(shapes, own) ? weights : stored)[own] = {
        dims: file.entries.get(name)!.shape,
        data: await file.read(name),
      };
    }
    return { ...read, weights, stored };
  } finally {
    await file.close();
  }
}

/** The checkpoint that an adapter belongs on: with the weights that were stored beside it, and untied where it is. */
export function baseOf(adapter: PeftAdapter, { config, weights }: Checkpoint): Checkpoint {
  const unties = config.tieWordEmbeddings && !adapter.config.tieWordEmbeddings;
  const all = { ...weights, ...adapter.stored };
  return {
    config: adapter.config,
    weights: unties ? { ...all, [HEAD]: adapter.stored[HEAD] ?? all[EMBEDDING]! } : all,
  };
}

function transposed({ dims, data }: Weight): Weight {
  const [rows, columns] = dims as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return { dims: [columns, rows], data: turned };
}

/** What PEFT stores a second time for a head that is tied to the embedding. */
function tiedHead(weights: Weights): Weights {
  const [a, b] = factorsOf(EMBEDDING_MODULE).map((name) => weights[name]);
  const [headA, headB] = factorsOf(HEAD_MODULE);
  return {
    ...(weights[EMBEDDING] && { [HEAD]: weights[EMBEDDING] }),
    ...(a && b && { [headA]: transposed(b), [headB]: transposed(a) }),
  };
}

/**
 * Writes an adapter's folder as `peft` opens it, or replaces the adapter in one that exists (its other files stay).
 * @param base the name or path of the model that it was trained on
 */
export async function writeAdapter(
  folder: string,
  config: Qwen3Config,
  { lora, weights }: Adapter,
  { base, dtype = "F32" }: { base?: string | undefined; dtype?: FloatDtype } = {},
): Promise<void> {
  const wrong = Object.entries(loraShapes(config, lora)).find(
    ([name, shape]) => String(weights[name]?.dims) !== String(shape),
  );
  if (wrong) {
    const [name, shape] = wrong;
    throw new JigsawError(
      "bad-shape",
      `${folder}: "${name}" is [${weights[name]?.dims}], expected [${shape}]`,
    );
  }
  const all = { ...weights, ...(config.tieWordEmbeddings && tiedHead(weights)) };
  const json = JSON.stringify(writePeftConfig(config, lora, base), null, 2);
  await writeFolderAtomically(folder, async (staging) => {
    await writeFileAtomically(join(staging, ADAPTER_CONFIG_FILE), (file) => file.writeFile(`${json}\n`));
    const named = Object.entries(all).map(([name, weight]): [string, Weight] => [PREFIX + name, weight]);
    await writeSafetensors(join(staging, ADAPTER_FILE), Object.fromEntries(named), { dtype });
  });
}

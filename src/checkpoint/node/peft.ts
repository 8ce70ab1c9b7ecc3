/** PEFT's LoRA folders, in both directions: `adapter_config.json` and `adapter_model.safetensors`. Node only. */
import { join } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { currentFile, writeFolderAtomically } from "../../files/atomic.ts";
import { ifThere, readJson, writeJson } from "../../files/json.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { type Adapter, EMBEDDING_MODULE, factorsOf, HEAD_MODULE, loraShapes } from "../../model/lora.ts";
import { type Checkpoint, collect, type StateDict } from "../../model/state-dict.ts";
import {
  EMBEDDING,
  HEAD,
  type Shapes,
  type Weight,
  type Weights,
  weightShapes,
} from "../../model/weights.ts";
import { type FloatDtype, isFloatDtype } from "../dtype.ts";
import { parsePeftConfig, writePeftConfig } from "../peft-config.ts";
import {
  type FileTensor,
  openSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from "./safetensors-file.ts";

export const ADAPTER_CONFIG_FILE = "adapter_config.json";
export const ADAPTER_FILE = "adapter_model.safetensors";

const PREFIX = "base_model.model.";

export interface PeftAdapter extends Adapter {
  /** The model with the adapter; untied where PEFT trained the embedding and the head apart. */
  readonly config: Qwen3Config;
  /** The name or path of the model that the adapter was trained on. */
  readonly base: string | undefined;
  /** Weights of that model that are not trained, but that PEFT saved all the same: embeddings and heads. */
  readonly baseWeights: Weights;
}

/** Our name of a tensor of PEFT's; "default", in files of an adapter that was saved without PEFT, is left out. */
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

/** The file's tensors under our names. Refuses what is not an adapter's, or of another shape. */
function findTensors(file: SafetensorsFile, config: Qwen3Config, shapes: Shapes) {
  const bad = (what: string, hint?: string) =>
    new JigsawError("bad-checkpoint", `${file.path}: ${what}`, hint);
  const base = weightShapes(config);
  const [headA, headB] = factorsOf(HEAD_MODULE);
  const found: Record<string, FileTensor> = {};
  const names = new Map<string, string>();
  for (const [name, tensor] of Object.entries(file.tensors)) {
    const {
      dims: shape,
      location: { dtype },
    } = tensor;
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
    if (names.has(own)) throw bad(`tensors "${names.get(own)}" and "${name}" are the same one`);
    names.set(own, name);
    found[own] = tensor;
  }
  const missing = Object.keys(shapes).find((name) => !names.has(name));
  if (missing) throw bad(`has no tensor "${PREFIX}${missing}" [${shapes[missing]}]`);
  return found;
}

/**
 * Reads an adapter that PEFT (or `writeAdapter`) wrote, for a base of the given configuration. Refuses what is not
 * LoRA, and tensors that do not fit the base, by name.
 */
export async function readAdapter(folder: string, base: Qwen3Config): Promise<PeftAdapter> {
  const configPath = await currentFile(folder, ADAPTER_CONFIG_FILE);
  const read = parsePeftConfig(await readJson(configPath, "bad-checkpoint"), base, configPath);
  await using file = await ifThere(openSafetensors(await currentFile(folder, ADAPTER_FILE)));
  if (!file) {
    throw new JigsawError(
      "not-found",
      `${folder}: has no ${ADAPTER_FILE}`,
      "An adapter in the older format (adapter_model.bin) has to be saved again by peft.",
    );
  }
  const shapes = loraShapes(read.config, read.lora);
  const tensors = Object.entries(await collect(findTensors(file, read.config, shapes)));
  return {
    ...read,
    weights: Object.fromEntries(tensors.filter(([name]) => Object.hasOwn(shapes, name))),
    baseWeights: Object.fromEntries(tensors.filter(([name]) => !Object.hasOwn(shapes, name))),
  };
}

/** The checkpoint that an adapter is merged into: with the base weights that were saved with it, and untied where it is. */
export function adapterBase<W extends StateDict>(
  { config, weights }: Checkpoint<W>,
  adapter: PeftAdapter,
): Checkpoint<W> {
  const unties = config.tieWordEmbeddings && !adapter.config.tieWordEmbeddings;
  const all = { ...weights, ...adapter.baseWeights };
  return {
    config: adapter.config,
    weights: unties ? { ...all, [HEAD]: adapter.baseWeights[HEAD] ?? all[EMBEDDING]! } : all,
  };
}

function transposed({ dims, data }: Weight): Weight {
  const [rows, columns] = dims as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return { dims: [columns, rows], data: turned };
}

/** The tensors that PEFT saves a second time for a head that is tied to the embedding. */
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
  await writeFolderAtomically(folder, async (staging) => {
    await writeJson(join(staging, ADAPTER_CONFIG_FILE), writePeftConfig(config, lora, base));
    const named = Object.entries(all).map(([name, weight]): [string, Weight] => [PREFIX + name, weight]);
    await writeSafetensors(join(staging, ADAPTER_FILE), Object.fromEntries(named), { dtype });
  });
}

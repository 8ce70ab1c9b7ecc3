// PEFT's `adapter_config.json`: what of it we read, what we refuse, what we write.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Qwen3Config } from "../model/config.ts";
import {
  ALL_LINEAR,
  adaptable,
  EMBEDDING_MODULE,
  HEAD_MODULE,
  isSaved,
  isTarget,
  type LoraConfig,
  loraScale,
  moduleOf,
  wholeName,
} from "../model/lora.ts";
import { weightShapes } from "../model/weights.ts";
import { readFields, show } from "./config-fields.ts";

export interface PeftConfig {
  readonly lora: LoraConfig;
  /**
   * The model with the adapter. It differs from the model before in that its head is not tied to its embedding, where
   * the adapter trains the one without the other: PEFT does so unless `ensure_weight_tying` is set.
   */
  readonly config: Qwen3Config;
  /** The name or path of the model that the adapter was trained on. */
  readonly base: string | undefined;
}

/** How a field may be set if it is to mean nothing. */
const unset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** These start by taking something out of the base's weights, so that an adapter is not what is added to them. */
const changesBase = (init: unknown): boolean =>
  typeof init === "string" && /^(pissa|corda|olora|loftq|lora_ga)/i.test(init);

/** Fields whose other values mean another model than a base and low-rank products: what we can run, by field. */
const RUNNABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  peft_type: (value) => value === "LORA",
  use_dora: unset,
  layer_replication: unset,
  target_parameters: unset,
  alora_invocation_tokens: unset,
  trainable_token_indices: unset,
  fan_in_fan_out: unset,
  lora_bias: unset,
  use_qalora: unset,
  use_bdlora: unset,
  arrow_config: unset,
  kasa_config: unset,
  monteclora_config: unset,
  init_lora_weights: (value) => !changesBase(value),
};

const names = z.array(z.string());
const nameOrNames = z.union([z.string(), names], "must be text or a list of names");
const indices = z.union([z.int(), z.array(z.int())], "must be a layer's number or a list of them");
const positive = z.number("must be a number above 0").positive("must be a number above 0");
const rank = z.int("must be a whole number above 0").positive("must be a whole number above 0");
const byPattern = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value, "must be an object").nullish();

const fields = z.object(
  {
    r: rank.nullish(),
    lora_alpha: positive.nullish(),
    lora_dropout: z.number("must be a number").nullish(),
    use_rslora: z.boolean("must be true or false").nullish(),
    target_modules: nameOrNames.nullish(),
    exclude_modules: nameOrNames.nullish(),
    layers_to_transform: indices.nullish(),
    modules_to_save: z.array(z.string(), "must be a list of names").nullish(),
    rank_pattern: byPattern(rank),
    alpha_pattern: byPattern(positive),
    ensure_weight_tying: z.boolean("must be true or false").nullish(),
    base_model_name_or_path: z.string("must be text").nullish(),
  },
  "must be a JSON object",
);

type Fields = z.infer<typeof fields>;

/** The model that a 4-bit copy of unsloth's was made of. */
const plainName = (base: string): string => base.replace(/-(?:unsloth-)?bnb-4bit$/i, "");

const layerIn = (module: string): number => Number(/^model\.layers\.(\d+)\./.exec(module)?.[1] ?? -1);

const matches = (pattern: string | readonly string[], module: string): boolean =>
  typeof pattern === "string"
    ? wholeName(pattern).test(module)
    : pattern.some((name) => module === name || module.endsWith(`.${name}`));

/** Whether PEFT gives a module an adapter. */
function isChosen(read: Fields, module: string): boolean {
  const { target_modules: targets, exclude_modules: excluded, layers_to_transform: layers } = read;
  if (excluded?.length && matches(excluded, module)) return false;
  if (typeof targets === "string" && targets.toLowerCase() === "all-linear")
    return matches(ALL_LINEAR, module);
  // What PEFT does where nothing is said.
  if (!targets || typeof targets === "string") return matches(targets ?? ["q_proj", "v_proj"], module);
  if (targets.includes(module)) return true;
  const chosenLayers = layers === undefined || layers === null ? [] : [layers].flat();
  return matches(targets, module) && (chosenLayers.length === 0 || chosenLayers.includes(layerIn(module)));
}

/** Checks that we can read every regular expression; Python knows some that JavaScript does not. */
function checkPatterns(read: Fields, file: string): void {
  const patterns = {
    target_modules: read.target_modules,
    exclude_modules: read.exclude_modules,
    rank_pattern: Object.keys(read.rank_pattern ?? {}),
    alpha_pattern: Object.keys(read.alpha_pattern ?? {}),
  };
  for (const [field, value] of Object.entries(patterns)) {
    if (field.endsWith("modules") && typeof value !== "string") continue;
    for (const pattern of [value ?? []].flat()) {
      try {
        wholeName(pattern);
      } catch {
        const what = `${file}: ${field} ${show(pattern)} is no regular expression that JavaScript has`;
        throw new JigsawError("unsupported", what, "Write the field as a list of module names.");
      }
    }
  }
}

/** The modules of a model whose head is its own. */
const modulesOf = (config: Qwen3Config): string[] => Object.keys(weightShapes(config)).map(moduleOf);

/** Whether the embedding or the head is trained, in whatever way. */
const touchesEnds = (config: Qwen3Config, { targets, modulesToSave }: LoraConfig): boolean =>
  [EMBEDDING_MODULE, HEAD_MODULE].some(
    (module) => isTarget(targets, module, config) || isSaved(modulesToSave, module, config),
  );

/** Reads a parsed `adapter_config.json` for a base of the given configuration; unknown fields are ignored. */
export function parsePeftConfig(json: unknown, base: Qwen3Config, file = "adapter_config.json"): PeftConfig {
  for (const [field, runs] of Object.entries(RUNNABLE)) {
    if (!isObject(json) || runs(json[field])) continue;
    const found = field in json ? show(json[field]) : "missing";
    throw new JigsawError(
      "unsupported",
      `${file}: ${field} ${found} is not supported`,
      "Jigsaw reads PEFT's LoRA adapters: low-rank products and whole modules. Merge others into their base with peft.",
    );
  }
  const read = readFields(fields, json, file);
  checkPatterns(read, file);
  const apart = { ...base, tieWordEmbeddings: false };
  const chosen = adaptable(apart).filter((module) => isChosen(read, module));
  const saved = (read.modules_to_save ?? []).filter((end) =>
    modulesOf(apart).some((name) => name.endsWith(end)),
  );
  if (chosen.length === 0 && saved.length === 0) {
    const named = show([read.target_modules ?? []].flat().join(", "));
    throw new JigsawError("bad-checkpoint", `${file}: target_modules ${named} are no modules of a Qwen3`);
  }
  const { target_modules: list } = read;
  // A plain list can stay as it is, but for names of other models' modules; all else is named module by module.
  const plain = Array.isArray(list) && unset(read.exclude_modules) && unset(read.layers_to_transform);
  const lora: LoraConfig = {
    rank: read.r ?? 8,
    alpha: read.lora_alpha ?? 8,
    rsLora: read.use_rslora ?? false,
    targets: plain ? list.filter((name) => chosen.some((module) => isTarget([name], module, apart))) : chosen,
    modulesToSave: saved,
    rankPattern: read.rank_pattern ?? {},
    alphaPattern: read.alpha_pattern ?? {},
    dropout: read.lora_dropout ?? 0,
  };
  const config = touchesEnds(apart, lora) && !read.ensure_weight_tying ? apart : base;
  if (config.tieWordEmbeddings && loraScale(lora, EMBEDDING_MODULE) !== loraScale(lora, HEAD_MODULE)) {
    throw new JigsawError(
      "unsupported",
      `${file}: rank_pattern and alpha_pattern scale the embedding and the head that is tied to it differently`,
    );
  }
  const name = read.base_model_name_or_path;
  return { config, lora, base: name ? plainName(name) : undefined };
}

/** The `adapter_config.json` of an adapter, as PEFT 0.14 and later read it. */
export function writePeftConfig(
  config: Qwen3Config,
  lora: LoraConfig,
  base: string | undefined,
): Record<string, unknown> {
  const { targets, modulesToSave } = lora;
  return {
    alpha_pattern: lora.alphaPattern,
    auto_mapping: null,
    base_model_name_or_path: base ?? null,
    bias: "none",
    ...(config.tieWordEmbeddings && touchesEnds(config, lora) && { ensure_weight_tying: true }),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    modules_to_save: modulesToSave.length ? modulesToSave : null,
    peft_type: "LORA",
    r: lora.rank,
    rank_pattern: lora.rankPattern,
    target_modules: targets,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: lora.rsLora,
  };
}

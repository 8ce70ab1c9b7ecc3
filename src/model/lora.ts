// Low-rank adapters (LoRA, Hu et al. 2021) on a Qwen3, in PEFT's names without its "base_model.model." before them.
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { add, scale } from "../graph/elementwise.ts";
import { gemm, linear } from "../graph/linear.ts";
import { transpose } from "../graph/movement.ts";
import { gather } from "../graph/neural.ts";
import { input } from "../graph/tensor.ts";
import type { Qwen3Config } from "./config.ts";
import type { Embedding, Linear, WeightTensors } from "./transformer.ts";
import {
  EMBEDDING,
  HEAD,
  layerPrefix,
  layerWeight,
  type Weight,
  type Weights,
  weightShapes,
} from "./weights.ts";

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Scales by alpha / sqrt(rank) instead of alpha / rank (rsLoRA, Kalajdzievski 2023). */
  readonly rsLora: boolean;
  /**
   * The modules that get an adapter, by the ends of their names: "q_proj", "layers.0.self_attn.q_proj",
   * "embed_tokens", "lm_head". In a model whose head is tied to its embedding either name means both.
   */
  readonly targets: readonly string[];
  /** The modules that are trained whole, by the ends of their names, cut anywhere: "embed_tokens", "norm". */
  readonly modulesToSave: readonly string[];
  /** Ranks and alphas of some modules: regular expressions for the ends of their names; the first that fits counts. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Of the adapters' inputs in PEFT's training; we train without. */
  readonly dropout: number;
}

/** The trained tensors of an adapter are those of `loraShapes`. */
export interface Adapter {
  readonly lora: LoraConfig;
  readonly weights: Weights;
}

/** The linear layers, which PEFT calls "all-linear": all but the head. */
export const ALL_LINEAR = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;

export const EMBEDDING_MODULE = moduleOf(EMBEDDING);
export const HEAD_MODULE = moduleOf(HEAD);

/** The module that a weight belongs to: "model.layers.0.self_attn.q_proj". */
export function moduleOf(weight: string): string {
  return weight.replace(/\.weight$/, "");
}

/** The modules to save where embeddings are trained whole. */
export const embeddingModules = (config: Qwen3Config): string[] =>
  config.tieWordEmbeddings ? ["embed_tokens"] : ["embed_tokens", "lm_head"];

const answersTo = (module: string, config: Qwen3Config): string[] =>
  config.tieWordEmbeddings && module === EMBEDDING_MODULE ? [module, HEAD_MODULE] : [module];

/** Whether PEFT's `target_modules`, as a list, mean a module. */
export const isTarget = (targets: readonly string[], module: string, config: Qwen3Config): boolean =>
  answersTo(module, config).some((name) =>
    targets.some((target) => name === target || name.endsWith(`.${target}`)),
  );

/** Whether PEFT's `modules_to_save` mean a module. */
export const isSaved = (names: readonly string[], module: string, config: Qwen3Config): boolean =>
  answersTo(module, config).some((name) => names.some((end) => name.endsWith(end)));

/** The names of the two factors of a module's adapter; their product B A is added to a linear layer's weight. */
export const factorsOf = (module: string): [a: string, b: string] =>
  module === EMBEDDING_MODULE
    ? [`${module}.lora_embedding_A`, `${module}.lora_embedding_B`]
    : [`${module}.lora_A.weight`, `${module}.lora_B.weight`];

/** The modules that can have an adapter. */
export const adaptable = (config: Qwen3Config): string[] =>
  Object.keys(weightShapes(config))
    .map(moduleOf)
    .filter((module) => isTarget([...ALL_LINEAR, "embed_tokens", "lm_head"], module, config));

/** A regular expression as Python spells it, for a whole name. */
export const wholeName = (pattern: string): RegExp =>
  new RegExp(`^(?:${pattern.replaceAll("(?P<", "(?<")})$`);

function byPattern(pattern: Readonly<Record<string, number>>, module: string, otherwise: number): number {
  for (const [key, value] of Object.entries(pattern)) {
    if (wholeName(`(.*\\.)?(${key})`).test(module)) return value;
  }
  return otherwise;
}

const rankOf = ({ rank, rankPattern }: LoraConfig, module: string): number =>
  byPattern(rankPattern, module, rank);

/** The scale of the product of a module's factors; `module` is its whole name, "model.layers.0.mlp.up_proj". */
export function loraScale(lora: LoraConfig, module: string): number {
  const rank = rankOf(lora, module);
  return byPattern(lora.alphaPattern, module, lora.alpha) / (lora.rsLora ? Math.sqrt(rank) : rank);
}

/** The modules that have an adapter: those that are targets and not trained whole. */
export const adapted = (config: Qwen3Config, { targets, modulesToSave }: LoraConfig): string[] =>
  adaptable(config).filter(
    (module) => isTarget(targets, module, config) && !isSaved(modulesToSave, module, config),
  );

/** The shape of every trained tensor, in the order of the model's weights: factors, and weights trained whole. */
export function loraShapes(config: Qwen3Config, lora: LoraConfig): Record<string, number[]> {
  checkNames(config, lora);
  const modules = new Set(adapted(config, lora));
  const shapes: Record<string, number[]> = {};
  for (const [name, shape] of Object.entries(weightShapes(config))) {
    const module = moduleOf(name);
    if (isSaved(lora.modulesToSave, module, config)) shapes[name] = shape;
    if (!modules.has(module)) continue;
    const [a, b] = factorsOf(module);
    const [out, inner] = module === EMBEDDING_MODULE ? shape.toReversed() : shape;
    const rank = rankOf(lora, module);
    shapes[a] = [rank, inner!];
    shapes[b] = [out!, rank];
  }
  return shapes;
}

/** Refuses a name that means no module: of a misspelt one, nothing would be trained. */
function checkNames(config: Qwen3Config, { targets, modulesToSave }: LoraConfig): void {
  const all = Object.keys(weightShapes(config)).map(moduleOf);
  const modules = adaptable(config);
  const unknown =
    targets.find((target) => !modules.some((module) => isTarget([target], module, config))) ??
    modulesToSave.find((name) => !all.some((module) => isSaved([name], module, config)));
  if (unknown === undefined) return;
  throw new JigsawError(
    "bad-option",
    `LoRA: no module is called "${unknown}"`,
    `Known: ${ALL_LINEAR.join(", ")}, embed_tokens, lm_head.`,
  );
}

/** A new adapter's tensors, which change nothing yet. Those trained whole start as copies of `base`'s. */
export function initialLora(config: Qwen3Config, lora: LoraConfig, seed: number, base: Weights): Weights {
  const entries = Object.entries(loraShapes(config, lora)).map(([name, dims]): [string, Weight] => {
    if (!name.includes(".lora_")) return [name, { dims, data: base[name]!.data.slice() }];
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
    const draw = random("lora", seed, name);
    if (name.endsWith(".lora_A.weight")) {
      // As torch.nn.Linear starts, and PEFT: Kaiming uniform with a = sqrt(5) comes to 1 / sqrt(in).
      const bound = 1 / Math.sqrt(dims[1]!);
      for (let i = 0; i < data.length; i++) data[i] = (2 * draw.float() - 1) * bound;
    }
    if (name.endsWith(".lora_embedding_B")) for (let i = 0; i < data.length; i++) data[i] = draw.normal();
    return [name, { dims, data }];
  });
  return Object.fromEntries(entries);
}

/**
 * A model's weights and its adapter's tensors as inputs of a graph. A weight trained whole is the adapter's, so that
 * `transformer(config, tensors, inputs, loraLinear(plainLinear(tensors), tensors, lora), loraEmbedding(...))` is the whole model.
 */
export const loraInputs = (config: Qwen3Config, lora: LoraConfig): WeightTensors =>
  Object.fromEntries(
    Object.entries({ ...weightShapes(config), ...loraShapes(config, lora) }).map(([name, shape]) => [
      name,
      input(name, shape),
    ]),
  );

/**
 * Linear layers with their adapters: x W' + scale (x A') B'. Layers without factors in `adapter` are `base`'s.
 * @param adapter by the names of `loraShapes` or, with `layer`, by part ("self_attn.q_proj.lora_A.weight")
 * @param layer the index of the layer, in a graph of one layer, whose matrices are named by part ("self_attn.q_proj")
 */
export function loraLinear(base: Linear, adapter: WeightTensors, lora: LoraConfig, layer?: number): Linear {
  return (x, name) => {
    const plain = base(x, name);
    const part = moduleOf(name);
    const module = layer === undefined ? part : moduleOf(layerWeight(layer, part));
    const [a, b] = factorsOf(part).map((factor) => adapter[factor]);
    if (!a || !b) return plain;
    // A tied head uses the embedding's factors, transposed.
    if (module === EMBEDDING_MODULE) return add(plain, gemm(scale(gemm(x, b), loraScale(lora, module)), a));
    return add(plain, linear(scale(linear(x, a), loraScale(lora, module)), b));
  };
}

/** The embedding with its adapter, where it has one: rows of W + scale (B A)'. */
export function loraEmbedding(base: Embedding, adapter: WeightTensors, lora: LoraConfig): Embedding {
  const [a, b] = factorsOf(EMBEDDING_MODULE).map((factor) => adapter[factor]);
  if (!a || !b) return base;
  return (ids) => {
    const rows = scale(gather(transpose(a, [1, 0]), ids), loraScale(lora, EMBEDDING_MODULE));
    return add(base(ids), linear(rows, b));
  };
}

/**
 * The ranks and scales of one layer's adapters, by part. Layers in which these are equal can share a graph
 * (see `loraLinear`).
 */
export function loraParts(
  config: Qwen3Config,
  lora: LoraConfig,
  layer: number,
): Record<string, readonly [rank: number, scale: number]> {
  const start = layerPrefix(layer);
  const modules = adapted(config, lora).filter((module) => module.startsWith(start));
  return Object.fromEntries(
    modules.map((module) => [module.slice(start.length), [rankOf(lora, module), loraScale(lora, module)]]),
  );
}

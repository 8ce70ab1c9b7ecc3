// Checkpoints that would open and then compute something else: each is refused, by the field that shows it.
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { show } from "./config-fields.ts";
import { familyOf } from "./diffusion-config.ts";

const DENSE =
  "Jigsaw runs dense Qwen3 models: full attention, plain rotary positions, no biases, no quantization.";
const EXPERTS = "it is a mixture of experts";
const BIASES = "it is a Qwen2, which adds biases to queries, keys and values";
const SHRINK = "Set the field to null to run the model at the length that it was trained at.";

/** Relatives of Qwen3, and other diffusion models, that people may try: why they are refused. */
const RELATIVES: Readonly<Record<string, string>> = {
  qwen2: BIASES,
  "a2d-qwen2": BIASES,
  Dream: BIASES,
  Fast_dLLM_Qwen: BIASES,
  qwen3_moe: EXPERTS,
  rnd1: EXPERTS,
  llada2_moe: EXPERTS,
  llada: "it is no Qwen3",
  wedlm: "it reorders its tokens, and its mask token is not settled",
};

const absent = (value: unknown) => value === undefined || value === null;
const off = (value: unknown) => absent(value) || value === false;
const one = (value: unknown) => absent(value) || value === 1;

const plainRope = (value: unknown) => {
  if (absent(value)) return true;
  if (!isObject(value)) return false;
  const { rope_type, type = rope_type, partial_rotary_factor } = value;
  return (absent(type) || type === "default") && one(partial_rotary_factor);
};

/** A scaling or quantization by its name, where it has one. */
const kindOf = (value: unknown): string => {
  if (!isObject(value)) return show(value);
  const { rope_type, type = rope_type, quant_method = type } = value;
  return typeof quant_method === "string" ? `of type ${show(quant_method)}` : show(value);
};

interface Rule {
  /** Whether we run what the field says. */
  readonly runs: (value: unknown) => boolean;
  readonly found?: (value: unknown) => string;
  readonly hint?: string;
}

const rope: Rule = { runs: plainRope, found: kindOf, hint: SHRINK };

/** Fields whose other values mean another model than ours. */
const RULES: Readonly<Record<string, Rule>> = {
  model_type: {
    runs: (value) => value === "qwen3" || value === "a2d-qwen3" || value === "sdar",
    found: (value) => {
      const why = typeof value === "string" && Object.hasOwn(RELATIVES, value) ? RELATIVES[value] : undefined;
      return show(value) + (why ? ` (${why})` : "");
    },
  },
  hidden_act: { runs: (value) => absent(value) || value === "silu" },
  attention_bias: { runs: off },
  mlp_bias: { runs: off },
  qk_norm: { runs: (value) => absent(value) || value === true },
  use_sliding_window: { runs: off },
  rope_scaling: rope,
  rope_parameters: rope,
  partial_rotary_factor: { runs: one },
  layer_types: {
    runs: (value) => !Array.isArray(value) || value.every((type) => type === "full_attention"),
    found: (value) => `with ${show((value as unknown[]).find((type) => type !== "full_attention"))}`,
  },
  num_experts: { runs: absent },
  num_local_experts: { runs: absent },
  quantization_config: {
    runs: absent,
    found: kindOf,
    hint: "Take the checkpoint that it was quantized from, in bfloat16, float16 or float32.",
  },
  dlm_paradigm: { runs: (value) => absent(value) || value === "bidirectional" },
  dlm_type: { runs: (value) => absent(value) || value === "llada" },
};

/** Classes whose weights and sums are a Qwen3's; a diffusion family has its own. */
const isQwen3Class = (name: unknown): boolean =>
  name === "Qwen3ForCausalLM" || name === "A2DQwen3LMHeadModel";

/** Code of their own that plain Qwen3 configurations bring: they are plain in name only (ReFusion is one). */
const PLAIN_ONLY: Readonly<Record<string, Rule>> = {
  architectures: {
    runs: (value) => absent(value) || (Array.isArray(value) && value.every(isQwen3Class)),
    found: (value) =>
      Array.isArray(value) ? `with ${show(value.find((name) => !isQwen3Class(name)))}` : show(value),
    hint: "Jigsaw runs Qwen3ForCausalLM.",
  },
  auto_map: {
    runs: absent,
    hint: "The checkpoint runs code of its own. If it is a plain Qwen3 all the same, remove the field.",
  },
};

/** Refuses a configuration that asks for what we do not do, naming the field. */
export function checkSupported(json: Record<string, unknown>, file: string): void {
  const plain = json.model_type === "qwen3" && !familyOf(json);
  for (const [field, rule] of Object.entries({ ...RULES, ...(plain && PLAIN_ONLY) })) {
    if (rule.runs(json[field])) continue;
    const found = field in json ? (rule.found ?? show)(json[field]) : "missing";
    throw new JigsawError("unsupported", `${file}: ${field} ${found} is not supported`, rule.hint ?? DENSE);
  }
}

/** A Qwen3 model's `config.json`, as Hugging Face writes it, with our additions under the key "jigsaw". */
import * as z from "zod";
import { JigsawError } from "../errors.ts";
import type { FloatDtype } from "./dtype.ts";
import { type PatternName, patterns } from "./patterns.ts";

/** "sequence": rotary over the position in the text. "grid": rotary over (grid, row, column), learned rows and columns added. */
export const POSITIONS = ["sequence", "grid"] as const;
export type Positions = (typeof POSITIONS)[number];

/** What a plain Qwen3 configuration cannot tell: how the weights were trained and are to be run. */
export interface JigsawConfig {
  /** Names of the objectives that the weights were trained for, such as "masked-diffusion". */
  readonly objectives: readonly string[];
  /** The attention pattern that they were trained under. */
  readonly pattern: PatternName;
  readonly positions: Positions;
  /** The token that stands for a cell not yet known. */
  readonly maskToken: number;
  /** Whether what stands at a token is predicted at the token before it, as a typewriter does (the logit shift). */
  readonly shift: boolean;
  /** Tokens in a block, under the pattern `blocks`; null: the rows of the answer. */
  readonly blockSize: number | null;
}

export interface Qwen3Config {
  readonly hiddenSize: number;
  readonly layers: number;
  /** Query heads; a multiple of `kvHeads`. */
  readonly heads: number;
  readonly kvHeads: number;
  /** Even, and not always hiddenSize / heads. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  readonly tieWordEmbeddings: boolean;
  readonly maxPositions: number;
  /** Standard deviation of fresh weights. */
  readonly initializerRange: number;
  readonly jigsaw?: JigsawConfig;
}

/** Larger than any Qwen3, small enough that a hostile file cannot make us list weights for ever. */
const MAX_LAYERS = 1000;
const MAX_SIZE = 2 ** 31 - 1;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown): string => {
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

const must = (what: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === undefined ? "is missing" : `must be ${what}, found ${show(input)}`,
});

const whole = (min: number, max: number) => {
  const message = must(`a whole number from ${min} to ${max}`);
  return z.int(message).min(min, message).max(max, message);
};
const size = whole(1, MAX_SIZE);
const positive = z.number(must("a number above 0")).positive(must("a number above 0"));

const PATTERNS = Object.keys(patterns) as PatternName[];

const jigsawSchema = z.object(
  {
    objectives: z.array(z.string(must("text")), must("a list of names")).min(1, must("a list of names")),
    pattern: z.enum(PATTERNS, must(`one of ${PATTERNS.join(", ")}`)),
    positions: z.enum(POSITIONS, must(`one of ${POSITIONS.join(", ")}`)),
    mask_token: whole(0, MAX_SIZE),
    shift: z.boolean(must("true or false")).default(false),
    block_size: size.nullable().default(null),
  },
  must("an object"),
);

/** The fields that we read. Where Hugging Face's class has a default that is safe to assume, so do we. */
const schema = z.object(
  {
    hidden_size: size,
    num_hidden_layers: whole(1, MAX_LAYERS),
    num_attention_heads: size,
    num_key_value_heads: size.nullable(),
    head_dim: size.nullish(),
    intermediate_size: size,
    vocab_size: size,
    rope_theta: positive.nullish(),
    rope_parameters: z.object({ rope_theta: positive.nullish() }, must("an object")).nullish(),
    rms_norm_eps: positive,
    tie_word_embeddings: z.boolean(must("true or false")).default(false),
    max_position_embeddings: size,
    initializer_range: positive.default(0.02),
    layer_types: z.array(z.string(must("text")), must("a list of names")).nullish(),
    jigsaw: jigsawSchema.nullish(),
  },
  must("a JSON object"),
);

const absent = (value: unknown) => value === undefined || value === null;
const off = (value: unknown) => absent(value) || value === false;

const plainRope = (value: unknown) => {
  if (absent(value)) return true;
  if (!isObject(value)) return false;
  const { rope_type, type = rope_type, partial_rotary_factor: part } = value;
  return (absent(type) || type === "default") && (absent(part) || part === 1);
};

/** Fields whose other values mean another model than ours: what we can run, by field. */
const RUNNABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  model_type: (value) => value === "qwen3" || value === "a2d-qwen3",
  hidden_act: (value) => absent(value) || value === "silu",
  attention_bias: off,
  use_sliding_window: off,
  rope_scaling: plainRope,
  rope_parameters: plainRope,
  layer_types: (value) => !Array.isArray(value) || value.every((type) => type === "full_attention"),
  num_experts: absent,
  num_local_experts: absent,
  quantization_config: absent,
};

function checkRunnable(json: Record<string, unknown>, file: string): void {
  for (const [field, runs] of Object.entries(RUNNABLE)) {
    if (runs(json[field])) continue;
    throw new JigsawError(
      "unsupported",
      `${file}: ${field} ${field in json ? show(json[field]) : "missing"} is not supported`,
      "Jigsaw runs dense Qwen3 models: full attention, plain rotary positions, no biases, no quantisation.",
    );
  }
}

/** Reads a parsed `config.json`; `file` names it in errors. Unknown fields are ignored. */
export function parseConfig(json: unknown, file = "config.json"): Qwen3Config {
  const bad = (what: string) => new JigsawError("bad-checkpoint", `${file}: ${what}`);
  if (isObject(json)) checkRunnable(json, file);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw bad(`${issue.path.join(".") || "the configuration"} ${issue.message}`);
  }
  const fields = parsed.data;
  const { hidden_size: hiddenSize, num_attention_heads: heads, jigsaw } = fields;
  const kvHeads = fields.num_key_value_heads ?? heads;
  if (heads % kvHeads)
    throw bad(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${kvHeads}`);
  const headDim = fields.head_dim ?? hiddenSize / heads;
  if (headDim % 2) throw bad(`head_dim ${headDim} is not an even whole number`);
  const layers = fields.num_hidden_layers;
  if (fields.layer_types && fields.layer_types.length !== layers) {
    throw bad(`layer_types names ${fields.layer_types.length} layers, num_hidden_layers says ${layers}`);
  }
  const thetas = [fields.rope_theta, fields.rope_parameters?.rope_theta].filter((theta) => theta != null);
  if (thetas.length === 0) throw bad("rope_theta is missing");
  if (thetas.some((theta) => theta !== thetas[0])) {
    throw bad(`rope_theta ${thetas[0]} and rope_parameters.rope_theta ${thetas[1]} differ`);
  }
  if (jigsaw && jigsaw.mask_token >= fields.vocab_size) {
    throw bad(`jigsaw.mask_token ${jigsaw.mask_token} lies outside the vocabulary of ${fields.vocab_size}`);
  }
  return {
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize: fields.intermediate_size,
    vocabSize: fields.vocab_size,
    ropeTheta: thetas[0]!,
    rmsNormEps: fields.rms_norm_eps,
    tieWordEmbeddings: fields.tie_word_embeddings,
    maxPositions: fields.max_position_embeddings,
    initializerRange: fields.initializer_range,
    ...(jigsaw && {
      jigsaw: {
        objectives: jigsaw.objectives,
        pattern: jigsaw.pattern,
        positions: jigsaw.positions,
        maskToken: jigsaw.mask_token,
        shift: jigsaw.shift,
        blockSize: jigsaw.block_size,
      },
    }),
  };
}

const TORCH_DTYPES = { F32: "float32", BF16: "bfloat16", F16: "float16" } satisfies Record<
  FloatDtype,
  string
>;

/** The `config.json` of a model whose weights are stored as `dtype`, in the spelling that every transformers since 4.51 opens. */
export function writeConfig(config: Qwen3Config, dtype: FloatDtype = "F32"): Record<string, unknown> {
  const { jigsaw } = config;
  return {
    architectures: ["Qwen3ForCausalLM"],
    attention_bias: false,
    attention_dropout: 0,
    head_dim: config.headDim,
    hidden_act: "silu",
    hidden_size: config.hiddenSize,
    initializer_range: config.initializerRange,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    max_window_layers: config.layers,
    model_type: "qwen3",
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.kvHeads,
    rms_norm_eps: config.rmsNormEps,
    rope_scaling: null,
    rope_theta: config.ropeTheta,
    sliding_window: null,
    tie_word_embeddings: config.tieWordEmbeddings,
    torch_dtype: TORCH_DTYPES[dtype],
    transformers_version: "4.51.0",
    use_cache: true,
    use_sliding_window: false,
    vocab_size: config.vocabSize,
    ...(jigsaw && {
      jigsaw: {
        objectives: jigsaw.objectives,
        pattern: jigsaw.pattern,
        positions: jigsaw.positions,
        mask_token: jigsaw.maskToken,
        shift: jigsaw.shift,
        block_size: jigsaw.blockSize,
      },
    }),
  };
}

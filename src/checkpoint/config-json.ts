/** A Qwen3 model's `config.json`, as Hugging Face writes it, with our additions under the key "jigsaw". */
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { type JigsawConfig, PLAIN_QWEN3, type Qwen3Config } from "../model/config.ts";
import { qwen3Fields, readFields } from "./config-fields.ts";
import { diffusionOf, dllmFields, familyOf, type TokenizerHints } from "./diffusion-config.ts";
import { type FloatDtype, TORCH_DTYPES } from "./dtype.ts";
import { checkSupported } from "./unsupported.ts";

/** Whether a configuration leaves out what its tokenizer's files may say: a diffusion checkpoint of others. */
export const needsTokenizerHints = (json: unknown): boolean =>
  isObject(json) && !json.jigsaw && familyOf(json) !== undefined;

type Fields = ReturnType<typeof readFields<typeof qwen3Fields>>;

function thetaOf({ rope_theta, rope_parameters }: Fields, bad: (what: string) => Error): number {
  const thetas = [rope_theta, rope_parameters?.rope_theta].filter((theta) => theta != null);
  if (thetas.length === 0) throw bad("rope_theta is missing");
  if (thetas.some((theta) => theta !== thetas[0])) {
    throw bad(`rope_theta ${thetas[0]} and rope_parameters.rope_theta ${thetas[1]} differ`);
  }
  return thetas[0]!;
}

/** How the weights were trained: as we wrote it down, or as the rules for others' diffusion checkpoints have it. */
function jigsawOf(fields: Fields, json: unknown, file: string, hints: TokenizerHints): JigsawConfig {
  const { jigsaw, vocab_size: vocabSize } = fields;
  if (jigsaw) {
    const { objectives, pattern, positions, shift, block_size } = jigsaw;
    const { maskToken = jigsaw.mask_token, blockSize = block_size } = hints;
    if (maskToken !== null && maskToken >= vocabSize) {
      const what = `jigsaw.mask_token ${maskToken} lies outside the vocabulary of ${vocabSize}`;
      throw new JigsawError("bad-checkpoint", `${file}: ${what}`);
    }
    return { objectives, pattern, positions, maskToken, shift, blockSize };
  }
  const diffusion = diffusionOf(json as Record<string, unknown>, vocabSize, file, hints);
  return diffusion ? { objectives: ["masked-diffusion"], positions: "sequence", ...diffusion } : PLAIN_QWEN3;
}

/**
 * Reads a parsed `config.json`; `file` names it in errors. Unknown fields are ignored. Diffusion checkpoints of others
 * are read by `hints`, too.
 */
export function parseConfig(json: unknown, file = "config.json", hints: TokenizerHints = {}): Qwen3Config {
  const bad = (what: string) => new JigsawError("bad-checkpoint", `${file}: ${what}`);
  if (isObject(json)) checkSupported(json, file);
  const fields = readFields(qwen3Fields, json, file);
  const { hidden_size: hiddenSize, num_attention_heads: heads } = fields;
  const kvHeads = fields.num_key_value_heads ?? heads;
  if (heads % kvHeads)
    throw bad(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${kvHeads}`);
  const headDim = fields.head_dim ?? hiddenSize / heads;
  if (headDim % 2) throw bad(`head_dim ${headDim} is not an even whole number`);
  const layers = fields.num_hidden_layers;
  if (fields.layer_types && fields.layer_types.length !== layers) {
    throw bad(`layer_types names ${fields.layer_types.length} layers, num_hidden_layers says ${layers}`);
  }
  const ropeTheta = thetaOf(fields, bad);
  return {
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize: fields.intermediate_size,
    vocabSize: fields.vocab_size,
    ropeTheta,
    rmsNormEps: fields.rms_norm_eps,
    tieWordEmbeddings: fields.tie_word_embeddings,
    maxPositions: fields.max_position_embeddings,
    initializerRange: fields.initializer_range,
    jigsaw: jigsawOf(fields, json, file, hints),
  };
}

/** The release of transformers whose spelling we write. */
const TRANSFORMERS = "4.51.0";

/** The `generation_config.json` of a model that has none of its own. */
export const GENERATION_CONFIG = { do_sample: false, transformers_version: TRANSFORMERS };

/** Whether there is nothing to say under "jigsaw". */
const isPlain = (jigsaw: JigsawConfig): boolean =>
  (Object.keys(PLAIN_QWEN3) as (keyof JigsawConfig)[]).every(
    (key) => String(jigsaw[key]) === String(PLAIN_QWEN3[key]),
  );

const DIFFUSION: readonly string[] = ["masked-diffusion", "block-diffusion"];

/** Whether a model is what dllm calls A2D: a Qwen3 with a Qwen3's positions, trained for diffusion. */
const isA2d = ({ positions, objectives }: JigsawConfig): boolean =>
  positions === "sequence" && objectives.some((objective) => DIFFUSION.includes(objective));

const QWEN3 = { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3" };

/**
 * The `config.json` of a model whose weights are stored as `dtype`, in the spelling that every transformers since 4.51
 * opens. One that is trained for diffusion at a Qwen3's own positions is an "a2d-qwen3", which dllm opens, or, if it is to
 * be `plain`, a "qwen3", which transformers itself opens and runs as a typewriter.
 */
export function writeConfig(
  config: Qwen3Config,
  dtype: FloatDtype = "F32",
  { plain = false } = {},
): Record<string, unknown> {
  const { jigsaw } = config;
  return {
    ...QWEN3,
    attention_bias: false,
    attention_dropout: 0,
    head_dim: config.headDim,
    hidden_act: "silu",
    hidden_size: config.hiddenSize,
    initializer_range: config.initializerRange,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    max_window_layers: config.layers,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.kvHeads,
    rms_norm_eps: config.rmsNormEps,
    rope_scaling: null,
    rope_theta: config.ropeTheta,
    sliding_window: null,
    tie_word_embeddings: config.tieWordEmbeddings,
    torch_dtype: TORCH_DTYPES[dtype],
    transformers_version: TRANSFORMERS,
    use_cache: true,
    use_sliding_window: false,
    vocab_size: config.vocabSize,
    ...(isA2d(jigsaw) && { ...dllmFields(jigsaw), ...(plain && QWEN3) }),
    ...(!isPlain(jigsaw) && {
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

// Diffusion checkpoints of Qwen3's shape that others trained: their config.json says little, so that the mask token,
// the block and the attention are found by rules.
import { JigsawError } from "../core/errors.ts";
import type { JigsawConfig } from "../model/config.ts";
import { diffusionFields, readFields } from "./config-fields.ts";

/** What a checkpoint's folder says besides its `config.json`, and what its user says. */
export interface TokenizerHints {
  /** The repository's name, or the folder's. */
  readonly name?: string;
  /** Tokens that were added to the tokenizer's vocabulary: their ids by text. */
  readonly addedTokens?: ReadonlyMap<string, number>;
  /** The text of the tokenizer's mask token. */
  readonly maskText?: string | undefined;
  /** The user's own values; they override the files. */
  readonly maskToken?: number | undefined;
  readonly blockSize?: number | undefined;
  /** Called with each oddity that does not keep the checkpoint from running. */
  readonly warn?: (message: string) => void;
}

export interface Diffusion {
  /**
   * "full": dllm's masked diffusion and Efficient-DLM see everything. "blocks": SDAR and dllm's BD3-LM are causal over
   * blocks and free inside each, prompt and answer alike. SDAR counts blocks from the first token on; BD3-LM pads the
   * prompt on the left to whole blocks, so that the answer begins one.
   */
  readonly pattern: "full" | "blocks";
  readonly maskToken: number;
  readonly shift: boolean;
  /** Tokens in a block, or (under "full") as many as are best decoded at a time; null: no blocks. */
  readonly blockSize: number | null;
}

type Family = "a2d" | "sdar" | "efficient-dlm";

type Json = Readonly<Record<string, unknown>>;

/** The diffusion family of a configuration; undefined for a plain Qwen3. */
export function familyOf({ model_type, architectures, dlm_paradigm }: Json): Family | undefined {
  if (model_type === "a2d-qwen3") return "a2d";
  if (model_type === "sdar") return "sdar";
  const named =
    Array.isArray(architectures) && architectures.some((name) => /^EfficientDLM/.test(String(name)));
  return model_type === "qwen3" && (named || dlm_paradigm !== undefined) ? "efficient-dlm" : undefined;
}

/** The id of `<|mask|>` and its like in every Qwen3 tokenizer that it was added to first. */
const USUAL_MASK = 151669;
/** Block sizes of checkpoints that name none: SDAR's default, and what dllm's BD3-LM was trained with. */
const SDAR_BLOCK = 4;
const BD3LM_BLOCK = 32;

/** The added token that is named like a mask: by nothing but "mask", or as the only one with it in its name. */
function namedMask(added: ReadonlyMap<string, number>): number | undefined {
  const alike = [...added].filter(([text]) => /mask/i.test(text));
  const exact = alike.filter(([text]) => /^[^a-z]*mask[^a-z]*$/i.test(text));
  const ids = new Set((exact.length ? exact : alike).map(([, id]) => id));
  return ids.size === 1 ? [...ids][0] : undefined;
}

/** The mask token, from the first source that names it. */
function maskTokenOf(
  stored: number | null | undefined,
  vocabSize: number,
  file: string,
  hints: TokenizerHints,
): number {
  const { maskToken, maskText, addedTokens = new Map(), warn = () => {} } = hints;
  const found =
    maskToken ??
    stored ??
    (maskText === undefined ? undefined : addedTokens.get(maskText)) ??
    namedMask(addedTokens);
  if (found !== undefined && found < vocabSize) return found;
  const wrong =
    found === undefined
      ? "neither config.json nor the tokenizer names the mask token"
      : `the mask token ${found} lies outside the vocabulary of ${vocabSize}`;
  if (found !== undefined || USUAL_MASK >= vocabSize) {
    throw new JigsawError(
      "bad-checkpoint",
      `${file}: ${wrong}`,
      'Add its id to config.json as "mask_token_id".',
    );
  }
  warn(`${file}: ${wrong}; ${USUAL_MASK} is taken, as in most diffusion models of Qwen3's tokenizer`);
  return USUAL_MASK;
}

/** How a checkpoint of a diffusion family is to be run; undefined for a plain Qwen3. `file` names it in errors. */
export function diffusionOf(
  json: Json,
  vocabSize: number,
  file: string,
  hints: TokenizerHints,
): Diffusion | undefined {
  const family = familyOf(json);
  if (!family) return undefined;
  const fields = readFields(diffusionFields, json, file);
  const { name = "" } = hints;
  const size = hints.blockSize ?? fields.block_size ?? fields.bd_size ?? null;
  const suffix = /-b(\d+)(?:$|-)/i.exec(name)?.[1];
  const inBlocks = family === "sdar" || (family === "a2d" && (size !== null || /bd3lm/i.test(name)));
  const usual = family === "sdar" ? SDAR_BLOCK : BD3LM_BLOCK;
  return {
    pattern: inBlocks ? "blocks" : "full",
    maskToken: maskTokenOf(fields.mask_token_id, vocabSize, file, hints),
    shift: fields.right_shift_logits ?? false,
    blockSize: size ?? (inBlocks ? Number(suffix ?? 0) || usual : null),
  };
}

/** What a model that we turned to diffusion adds to its `config.json`, so that dllm opens it. */
export const dllmFields = ({
  pattern,
  maskToken,
  shift,
  blockSize,
}: Pick<JigsawConfig, "pattern" | "maskToken" | "shift" | "blockSize">) => ({
  architectures: ["A2DQwen3LMHeadModel"],
  model_type: "a2d-qwen3",
  mask_token_id: maskToken,
  block_size: pattern === "blocks" ? blockSize : null,
  right_shift_logits: shift,
});

// The fields of a config.json and what they may hold.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { POSITIONS } from "../model/config.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";

/** Larger than any Qwen3, small enough that a hostile file cannot make us list weights for ever. */
const MAX_LAYERS = 1000;
const MAX_SIZE = 2 ** 31 - 1;

/** A value found in a file, short enough for a message. */
export const show = (value: unknown): string => {
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
const token = whole(0, MAX_SIZE);
const positive = z.number(must("a number above 0")).positive(must("a number above 0"));
const flag = z.boolean(must("true or false"));
const names = z.array(z.string(must("text")), must("a list of names"));

const PATTERNS = Object.keys(patterns) as PatternName[];

/** What we write under the key "jigsaw". */
const jigsawFields = z.object(
  {
    objectives: names.min(1, must("a list of names")),
    pattern: z.enum(PATTERNS, must(`one of ${PATTERNS.join(", ")}`)),
    positions: z.enum(POSITIONS, must(`one of ${POSITIONS.join(", ")}`)),
    mask_token: token.nullable(),
    shift: flag.default(false),
    block_size: size.nullable().default(null),
  },
  must("an object"),
);

/** The fields of a Qwen3. Where Hugging Face's class has a default that is safe to assume, so do we. */
export const qwen3Fields = z.object(
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
    tie_word_embeddings: flag.default(false),
    max_position_embeddings: size,
    initializer_range: positive.default(0.02),
    layer_types: names.nullish(),
    jigsaw: jigsawFields.nullish(),
  },
  must("a JSON object"),
);

/** What diffusion checkpoints of others add, none of it needed. */
export const diffusionFields = z.object({
  mask_token_id: token.nullish(),
  block_size: size.nullish(),
  bd_size: size.nullish(),
  right_shift_logits: flag.nullish(),
});

/** The fields of a parsed `config.json`; the first wrong one is named in a "bad-checkpoint". */
export function readFields<T extends z.ZodObject>(schema: T, json: unknown, file: string): z.infer<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new JigsawError(
    "bad-checkpoint",
    `${file}: ${issue.path.join(".") || "the configuration"} ${issue.message}`,
  );
}

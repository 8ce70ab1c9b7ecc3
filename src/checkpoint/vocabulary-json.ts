/** `vocabulary.json` in a model's folder: which rows of the base its tokens came from. */
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { VOCABULARY } from "../sequence/tokens.ts";
import { checkVocabulary, type Vocabulary } from "./vocabulary.ts";

/** The model that rows were taken from, so that they are not put back into another. */
export interface PruningBase {
  /** The folder's or repository's name, for people. */
  readonly model: string;
  readonly hiddenSize: number;
  /** SHA-256 of the float32 values of the needed rows of its embedding (see `neededRows`), in hexadecimal. */
  readonly sha256: string;
}

/** The content of a `vocabulary.json`; `base` is that of a pruned model. */
export interface SavedVocabulary {
  readonly vocabulary: Vocabulary;
  readonly base?: PruningBase | undefined;
}

export const VOCABULARY_FILE = "vocabulary.json";

const id = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const schema = z.object({
  version: z.literal(1),
  base_vocab_size: id.min(1),
  base: z
    .object({
      model: z.string(),
      hidden_size: id.min(1),
      embedding_sha256: z.string().regex(/^[0-9a-f]{64}$/),
    })
    .optional(),
  tokens: z
    .array(z.object({ text: z.string().min(1), id, from: z.array(id).max(VOCABULARY).default([]) }))
    .length(VOCABULARY),
});

/** Reads a parsed `vocabulary.json`; `file` names it in errors. */
export function parseVocabulary(json: unknown, file = VOCABULARY_FILE): SavedVocabulary {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new JigsawError("bad-checkpoint", `${file}: ${path.join(".") || "the vocabulary"}: ${message}`);
  }
  const { base_vocab_size: baseVocab, base, tokens } = parsed.data;
  const vocabulary = {
    baseVocab,
    ids: tokens.map((token) => token.id),
    texts: tokens.map((token) => token.text),
    from: tokens.map((token) => token.from),
  };
  return {
    vocabulary: checkVocabulary(vocabulary, file),
    ...(base && { base: { model: base.model, hiddenSize: base.hidden_size, sha256: base.embedding_sha256 } }),
  };
}

/** The `vocabulary.json` of a vocabulary. */
export function writeVocabulary({ vocabulary, base }: SavedVocabulary): Record<string, unknown> {
  const { baseVocab, ids, texts, from } = vocabulary;
  return {
    version: 1,
    base_vocab_size: baseVocab,
    ...(base && {
      base: { model: base.model, hidden_size: base.hiddenSize, embedding_sha256: base.sha256 },
    }),
    tokens: ids.map((id, token) => ({
      text: texts[token],
      id,
      ...(from[token]!.length && { from: from[token] }),
    })),
  };
}

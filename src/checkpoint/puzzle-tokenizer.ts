/**
 * Tokenizers in Hugging Face's format that read our tokens: one of 64 tokens for pruned models, and a base's own with
 * ours added for full ones. Both read the text of `puzzleText` as the same tokens.
 */

import { JigsawError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { TOKEN } from "../sequence/tokens.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A tokenizer's files, parsed, by name. */
export type TokenizerFiles = Readonly<Record<string, Json>>;

/** Tokens that are no part of a puzzle's text; the others show when special tokens are skipped. */
const isSpecial = (token: number): boolean => token >= TOKEN.pad && token <= TOKEN.mask;

/** The spelling of a word in a byte-level vocabulary, where control characters are shifted by 256. */
const spell = (text: string): string =>
  [...text].map((c) => (c <= " " ? String.fromCodePoint(c.codePointAt(0)! + 256) : c)).join("");

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

const addedToken = (id: number, content: string, special: boolean): AddedToken => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/** The roles of tokens, as `tokenizer_config.json` and `special_tokens_map.json` name them. */
const ROLES = ["bos_token", "eos_token", "pad_token", "mask_token", "unk_token"];

function filesOf(tokenizer: Json, config: Json, added: readonly AddedToken[]): TokenizerFiles {
  const roles = [...ROLES, "additional_special_tokens"].filter((role) => config[role] != null);
  const decoder = added.map(({ id, ...token }) => [String(id), token]);
  return {
    "tokenizer.json": { ...tokenizer, added_tokens: added },
    "tokenizer_config.json": { ...config, added_tokens_decoder: Object.fromEntries(decoder) },
    "special_tokens_map.json": Object.fromEntries(roles.map((role) => [role, config[role]])),
    "added_tokens.json": Object.fromEntries(added.map(({ content, id }) => [content, id])),
  };
}

/**
 * A tokenizer whose ids are our 64. Digits, line ends, I and O are its words; all else that it reads is added tokens,
 * and text that is neither is dropped, as in every byte-level vocabulary without an unknown token.
 */
export function prunedTokenizer({ texts }: Pick<Vocabulary, "texts">): TokenizerFiles {
  const words = texts.slice(0, TOKEN.pad);
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(words.map((word, id) => [spell(word), id])),
      merges: [],
    },
  };
  const config = {
    add_bos_token: false,
    add_prefix_space: false,
    bos_token: texts[TOKEN.begin],
    eos_token: texts[TOKEN.end],
    pad_token: texts[TOKEN.pad],
    mask_token: texts[TOKEN.mask],
    unk_token: null,
    clean_up_tokenization_spaces: false,
    split_special_tokens: false,
    // The generic class: Qwen's own would split words by its rules and look for its own special tokens.
    tokenizer_class: "PreTrainedTokenizerFast",
  };
  const added = texts
    .map((text, id) => addedToken(id, text, isSpecial(id)))
    .filter(({ id }) => id >= words.length);
  return filesOf(tokenizer, config, added);
}

/** The added tokens of a `tokenizer.json`. */
function addedTokens(tokenizer: Json): AddedToken[] {
  const list = Array.isArray(tokenizer.added_tokens) ? tokenizer.added_tokens : [];
  return list.filter((token): token is AddedToken => isObject(token));
}

/** A base's tokenizer with our new tokens added at the ids that they have in the full vocabulary. */
export function extendTokenizer(
  base: { readonly json: Json; readonly config: Json },
  { ids, texts }: Vocabulary,
): TokenizerFiles {
  const added = addedTokens(base.json);
  const byId = new Map(added.map((token) => [token.id, token.content]));
  const byText = new Map(added.map((token) => [token.content, token.id]));
  for (let token = TOKEN.pad; token < ids.length; token++) {
    const [id, text] = [ids[token]!, texts[token]!];
    if (byId.get(id) === text) continue;
    if (byId.has(id) || byText.has(text)) {
      const taken = byId.has(id) ? `${id} is ${byId.get(id)}` : `it has ${byText.get(text)}`;
      throw new JigsawError("bad-checkpoint", `tokenizer.json: cannot give ${text} the id ${id}: ${taken}`);
    }
    added.push(addedToken(id, text, isSpecial(token)));
  }
  added.sort((a, b) => a.id - b.id);
  return filesOf(base.json, { ...base.config, mask_token: texts[TOKEN.mask] }, added);
}

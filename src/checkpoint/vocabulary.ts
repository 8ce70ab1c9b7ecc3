/** Which rows of a language model's vocabulary stand for our tokens. */

import { JigsawError } from "../core/errors.ts";
import { isSize, sideOf, TOKEN, VOCABULARY } from "../sequence/tokens.ts";
import { TOKEN_TEXTS } from "./puzzle-text.ts";

/** A map from our tokens to rows of a base model's vocabulary; the lists are by our ids. */
export interface Vocabulary {
  /** Rows of the base's embedding. */
  readonly baseVocab: number;
  /** The base's id of each of our tokens, all distinct. Ids from `baseVocab` on are rows that the base has not. */
  readonly ids: readonly number[];
  /** What each token is written as. */
  readonly texts: readonly string[];
  /** The base ids whose rows' mean a token starts from that the base was never trained on; empty: its own row. */
  readonly from: readonly (readonly number[])[];
}

/** What has to be known of a tokenizer to find our tokens in it; a `Tokenizer` is one. */
export interface TokenTable {
  /** The id of a text that is one token. */
  id(text: string): number | undefined;
  /** How a token is written that is not split out of words: a special or an added one. */
  added(id: number): string | undefined;
  /** The first id after all that are in use. */
  readonly end: number;
  /** The text of the token that it names as its mask. */
  readonly mask?: string | undefined;
}

const QWEN3_IDS = new Map([
  ...Array.from({ length: 10 }, (_, colour): [string, number] => [String(colour), 15 + colour]),
  ["\n", 198],
  ["I", 40],
  ["O", 46],
  ["<|endoftext|>", 151643],
  ["<|im_start|>", 151644],
  ["<|im_end|>", 151645],
]);

/** What Qwen3's own tokenizer says, for folders that come without it. */
export const QWEN3_TABLE: TokenTable = {
  id: (text) => QWEN3_IDS.get(text),
  added: () => undefined,
  end: 151669,
};

/** The tokens that every base must have: colours, row end, marks, pad, begin and end. */
const REQUIRED = TOKEN.mask;

const refuse = (where: string, what: string) =>
  new JigsawError(
    "unsupported",
    `${where}: ${what}`,
    "Puzzles need a Qwen3 vocabulary, or a vocabulary.json in the folder that maps their tokens.",
  );

/** The base ids of the tokens that every base must have. */
function requiredIds(table: TokenTable, baseVocab: number, where: string): number[] {
  const texts = TOKEN_TEXTS.slice(0, REQUIRED);
  const absent = texts.filter((text) => table.id(text) === undefined);
  if (absent.length) {
    throw refuse(
      where,
      `its tokenizer has no token for ${absent.map((text) => JSON.stringify(text)).join(", ")}`,
    );
  }
  const ids = texts.map((text) => table.id(text)!);
  const beyond = ids.findIndex((id) => id >= baseVocab);
  if (beyond >= 0) {
    const token = `${JSON.stringify(texts[beyond])} is token ${ids[beyond]}`;
    throw refuse(where, `its vocabulary has ${baseVocab} rows, but ${token}`);
  }
  return ids;
}

/**
 * Finds our tokens in a base of `baseVocab` rows. A token that its tokenizer knows takes its own row. The others take
 * the first free ids, whether or not the matrix has rows there, as such rows hold nothing trained; they start from
 * means, which lie where the layers expect embeddings: a size from the rows of the digits that write it, all others
 * (also a mask that is new) from the rows of all tokens that the base knows.
 *
 * `mask`: the base id of the mask token that the checkpoint was trained with, where it is a diffusion checkpoint.
 */
export function findVocabulary({
  baseVocab,
  table = QWEN3_TABLE,
  mask,
  where,
}: {
  readonly baseVocab: number;
  readonly table?: TokenTable | undefined;
  readonly mask?: number | undefined;
  /** Names the checkpoint in errors. */
  readonly where: string;
}): Vocabulary {
  const known: (number | undefined)[] = requiredIds(table, baseVocab, where);
  const texts = [...TOKEN_TEXTS];
  const maskId = mask ?? (table.mask === undefined ? undefined : table.id(table.mask));
  if (mask !== undefined && mask >= baseVocab) {
    throw refuse(where, `its mask token ${mask} lies outside its vocabulary of ${baseVocab} rows`);
  }
  if (maskId !== undefined) texts[TOKEN.mask] = table.added(maskId) ?? TOKEN_TEXTS[TOKEN.mask]!;
  for (let token = REQUIRED; token < VOCABULARY; token++) {
    known.push((token === TOKEN.mask ? maskId : undefined) ?? table.id(texts[token]!));
  }
  const isTrained = (id: number | undefined): id is number => id !== undefined && id < baseVocab;
  const trained = known.filter(isTrained);
  const from = known.map((id, token): number[] => {
    if (isTrained(id)) return [];
    return isSize(token) ? [...String(sideOf(token))].map((digit) => known[Number(digit)]!) : trained;
  });
  let free = known.reduce<number>((end, id) => Math.max(end, (id ?? -1) + 1), table.end);
  return checkVocabulary({ baseVocab, ids: known.map((id) => id ?? free++), texts, from }, where);
}

/** Refuses a map (`where` names it) that would lose a token or read a row that is not there. */
export function checkVocabulary(vocabulary: Vocabulary, where: string): Vocabulary {
  const { baseVocab, ids, texts, from } = vocabulary;
  const bad = (token: number, what: string) =>
    new JigsawError("bad-checkpoint", `${where}: token ${token} of the vocabulary ${what}`);
  for (const [token, id] of ids.entries()) {
    const text = JSON.stringify(texts[token]!);
    if (ids.indexOf(id) !== token) throw bad(token, `has the id ${id} of token ${ids.indexOf(id)}`);
    if (texts.indexOf(texts[token]!) !== token) throw bad(token, `is written ${text}, as another is`);
    const start = from[token]!;
    if (!start.length && id >= baseVocab) throw bad(token, `has no row: id ${id}, ${baseVocab} rows`);
    const beyond = start.find((row) => row >= baseVocab);
    if (beyond !== undefined) throw bad(token, `starts from row ${beyond} of ${baseVocab}`);
  }
  return vocabulary;
}

/** The rows of a base's matrix that a vocabulary's tokens start from, each once, in ascending order. */
export function neededRows({ ids, from }: Vocabulary): number[] {
  const rows = ids.flatMap((id, token) => (from[token]!.length ? from[token]! : [id]));
  return [...new Set(rows)].sort((a, b) => a - b);
}

/** The same tokens in a base whose new rows have been trained and stored (see `unprune`). */
export const storedVocabulary = (vocabulary: Vocabulary): Vocabulary => ({
  ...vocabulary,
  baseVocab: vocabulary.ids.reduce((end, id) => Math.max(end, id + 1), vocabulary.baseVocab),
  from: vocabulary.ids.map(() => []),
});

/** A checkpoint's own tokenizer, by `@huggingface/tokenizers`, and writing one into a folder. Node only. */
import { join } from "node:path";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { JigsawError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { currentFile, writeFolderAtomically } from "../../files/atomic.ts";
import { ifThere, readJson, writeJson } from "../../files/json.ts";
import type { Json, TokenizerFiles } from "../puzzle-tokenizer.ts";
import type { TokenTable } from "../vocabulary.ts";
import { tokenText } from "./tokenizer-hints.ts";

export interface Tokenizer extends TokenTable {
  /** Text as ids, without the tokens that a model puts around a text. */
  encode(text: string): number[];
  /** Ids as text, special tokens included. */
  decode(ids: readonly number[]): string;
  /** The files that it was read from, parsed. */
  readonly json: Json;
  readonly config: Json;
}

const TOKENIZER_FILE = "tokenizer.json";
const CONFIG_FILE = "tokenizer_config.json";

/** A tokenizer of parsed files; `path` names its `tokenizer.json` in errors. */
export function makeTokenizer(json: unknown, config: unknown, path = TOKENIZER_FILE): Tokenizer {
  if (!isObject(json) || !isObject(config)) {
    throw new JigsawError("bad-checkpoint", `${path}: it or its ${CONFIG_FILE} is not a JSON object`);
  }
  try {
    const library = new Library(json, config);
    const encode = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
    // The library's own look-up knows byte-level words only as they are spelled in the file.
    const id = (text: string) => {
      const ids = encode(text);
      return ids.length === 1 && library.decode(ids, VERBATIM) === text ? ids[0] : undefined;
    };
    const added = library.get_added_tokens_decoder();
    let end = 0;
    for (const used of [...library.get_vocab().values(), ...added.keys()]) end = Math.max(end, used + 1);
    return {
      encode,
      decode: (ids) => library.decode([...ids], VERBATIM),
      id,
      added: (id) => added.get(id)?.content,
      end,
      mask: tokenText(config.mask_token),
      json,
      config,
    };
  } catch (error) {
    throw new JigsawError("bad-checkpoint", `${path}: is no tokenizer: ${(error as Error).message}`);
  }
}

const VERBATIM = { skip_special_tokens: false, clean_up_tokenization_spaces: false };

/** The tokenizer in a checkpoint's folder; undefined where there is no `tokenizer.json`. */
export async function findTokenizer(folder: string): Promise<Tokenizer | undefined> {
  const path = await currentFile(folder, TOKENIZER_FILE);
  const json = await ifThere(readJson(path, "bad-checkpoint"));
  if (json === undefined) return undefined;
  const config = await ifThere(readJson(await currentFile(folder, CONFIG_FILE), "bad-checkpoint"));
  return makeTokenizer(json, config ?? {}, path);
}

/** The tokenizer in a checkpoint's folder. */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const tokenizer = await findTokenizer(folder);
  if (tokenizer) return tokenizer;
  throw new JigsawError("not-found", `${folder}: holds no ${TOKENIZER_FILE}`);
}

/** Writes a tokenizer's files into a folder, all or none; the folder's other files stay. */
export function writeTokenizer(folder: string, files: TokenizerFiles): Promise<void> {
  return writeFolderAtomically(folder, async (staging) => {
    for (const [name, json] of Object.entries(files)) await writeJson(join(staging, name), json);
  });
}

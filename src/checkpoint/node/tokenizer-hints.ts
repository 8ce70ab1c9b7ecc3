/** A checkpoint's name, and what its tokenizer's files say of its mask token. Node only. */
import { basename, dirname, resolve } from "node:path";
import { isObject } from "../../core/json.ts";
import { currentFile } from "../../files/atomic.ts";
import { ifThere, readJson } from "../../files/json.ts";
import type { TokenizerHints } from "../diffusion-config.ts";

/** The id of the repository that a folder was fetched from into Hugging Face's cache; else the folder's own name. */
export function repositoryName(folder: string): string {
  const path = resolve(folder);
  const snapshots = dirname(path);
  const repository = basename(dirname(snapshots));
  const cached = basename(snapshots) === "snapshots" && repository.startsWith("models--");
  return cached ? repository.split("--").slice(1).join("/") : basename(path);
}

/** The text of a token that a `tokenizer_config.json` names: bare, or as an object. */
export const tokenText = (token: unknown): string | undefined => {
  const text = isObject(token) ? token.content : token;
  return typeof text === "string" ? text : undefined;
};

/** Added tokens as `[text, id]`, from any of the three files that may list them. */
function* addedTokens(
  tokenizerConfig: unknown,
  added: unknown,
  tokenizer: unknown,
): Generator<[unknown, unknown]> {
  const decoder = isObject(tokenizerConfig) ? tokenizerConfig.added_tokens_decoder : undefined;
  if (isObject(decoder)) {
    for (const [id, token] of Object.entries(decoder)) yield [tokenText(token), Number(id)];
  }
  if (isObject(added)) yield* Object.entries(added);
  const list = isObject(tokenizer) ? tokenizer.added_tokens : undefined;
  if (Array.isArray(list)) {
    for (const token of list) if (isObject(token)) yield [token.content, token.id];
  }
}

/** Reads a checkpoint's name and added tokens, from those of its tokenizer's files that are there. */
export async function readTokenizerHints(folder: string): Promise<TokenizerHints> {
  const read = async (name: string) => ifThere(readJson(await currentFile(folder, name), "bad-checkpoint"));
  const tokenizerConfig = await read("tokenizer_config.json");
  const found = new Map<string, number>();
  const files = addedTokens(tokenizerConfig, await read("added_tokens.json"), await read("tokenizer.json"));
  for (const [text, id] of files) {
    if (typeof text === "string" && Number.isSafeInteger(id) && (id as number) >= 0)
      found.set(text, id as number);
  }
  return {
    name: repositoryName(folder),
    addedTokens: found,
    maskText: isObject(tokenizerConfig) ? tokenText(tokenizerConfig.mask_token) : undefined,
  };
}

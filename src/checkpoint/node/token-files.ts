/** What the files beside a checkpoint's `config.json` tell of its tokens, and its name. Node only. */
import { basename, dirname, resolve } from "node:path";
import { currentFile } from "../../files/atomic.ts";
import { isObject } from "../config-fields.ts";
import type { Beside } from "../diffusion-config.ts";
import { ifThere, readJson } from "./shards.ts";

/** The id of the repository that a folder was fetched from into Hugging Face's cache; else the folder's own name. */
export function repositoryName(folder: string): string {
  const path = resolve(folder);
  const snapshots = dirname(path);
  const repository = basename(dirname(snapshots));
  const cached = basename(snapshots) === "snapshots" && repository.startsWith("models--");
  return cached ? repository.split("--").slice(1).join("/") : basename(path);
}

const textOf = (token: unknown): string | undefined => {
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
    for (const [id, token] of Object.entries(decoder)) yield [textOf(token), Number(id)];
  }
  if (isObject(added)) yield* Object.entries(added);
  const list = isObject(tokenizer) ? tokenizer.added_tokens : undefined;
  if (Array.isArray(list)) {
    for (const token of list) if (isObject(token)) yield [token.content, token.id];
  }
}

/** Reads a checkpoint's name and added tokens; files that are not there tell nothing. */
export async function readBeside(folder: string): Promise<Beside> {
  const read = async (name: string) => {
    const path = await currentFile(folder, name);
    return ifThere(readJson(path));
  };
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
    maskText: isObject(tokenizerConfig) ? textOf(tokenizerConfig.mask_token) : undefined,
  };
}

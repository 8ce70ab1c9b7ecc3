/** A model's repository on the hub: its commit, and the files that Jigsaw uses. */
import { JigsawError } from "../core/errors.ts";
import { type Env, isCommit, type ModelId } from "./cache.ts";
import type { Algorithm } from "./download.ts";
import { type Hub, hubFetch } from "./refusal.ts";

export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** The name that the cache knows its content by: the SHA-256 of a large file, git's SHA-1 of a small one. */
  readonly digest: string;
  readonly algorithm: Algorithm;
}

/** The files that Jigsaw uses, at the top of a model's repository. */
const WANTED = [
  /^(?:generation_|tokenizer_|adapter_)?config\.json$/,
  /^[\w-][\w.-]*\.safetensors$/,
  /^[\w-][\w.-]*\.safetensors\.index\.json$/,
  /^(?:tokenizer|vocab|special_tokens_map|added_tokens)\.json$/,
  /^(?:merges\.txt|chat_template\.jinja)$/,
  /^(?:README|LICENSE|NOTICE)(?:\.\w+)?$/i,
];

/** Files that make a snapshot a model. They are fetched last, so that a snapshot that has one is complete. */
export const CONFIGS = ["config.json", "adapter_config.json"];

export const hubUrl = (env: Env): string => {
  const url = (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new JigsawError("bad-option", `HF_ENDPOINT ${url}: is no http or https address`);
};

/** The commit that a revision stands for now, and its files. */
export async function listRemote(id: ModelId, hub: Hub): Promise<{ commit: string; files: RemoteFile[] }> {
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  // The library's `fetch` may be given more than an address, but never is.
  const fetch = hubFetch(id, hub) as typeof globalThis.fetch;
  const common = { hubUrl: hub.url, fetch };
  const odd = (what: string) =>
    new JigsawError("network", `${hub.url} answered with ${what} for ${id.name}`, "Is HF_ENDPOINT a hub?");
  try {
    const { sha } = await modelInfo({
      name: id.name,
      revision: id.revision,
      additionalFields: ["sha"],
      ...common,
    });
    if (!isCommit(sha)) throw odd("no commit");
    const files: RemoteFile[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({
      repo: id.name,
      revision: sha,
      ...common,
    })) {
      if (type !== "file" || !WANTED.some((pattern) => pattern.test(path))) continue;
      const digest = lfs?.oid ?? oid ?? "";
      if (!(lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(digest)) throw odd(`no checksum of ${path}`);
      files.push({ path, size: lfs?.size ?? size, digest, algorithm: lfs ? "sha256" : "git" });
    }
    return { commit: sha, files };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw odd("something else than JSON");
    throw error;
  }
}

export function checkUsable(files: readonly RemoteFile[], name: string): void {
  const has = (pattern: RegExp) => files.some(({ path }) => pattern.test(path));
  if (!files.some(({ path }) => CONFIGS.includes(path))) {
    throw new JigsawError("unsupported", `${name} has no config.json: it is no model for transformers`);
  }
  if (!has(/\.safetensors$/)) {
    const hint = "Weights in other formats (.bin, .gguf) have to be converted to safetensors first.";
    throw new JigsawError("unsupported", `${name} has no safetensors files`, hint);
  }
}

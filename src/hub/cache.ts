/** Hugging Face's cache of models on disk, laid out as its Python library does: refs/, snapshots/, blobs/. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { JigsawError } from "../core/errors.ts";

/** The variables of the environment that Hugging Face's own tools heed. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ModelId {
  /** "Qwen/Qwen3-0.6B". */
  readonly name: string;
  /** A branch, tag or commit. */
  readonly revision: string;
}

const NAME = /^(?:[\w-][\w.-]*\/)?[\w-][\w.-]*$/;
const REVISION = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;
const COMMIT = /^[0-9a-f]{40}$/;

export const isCommit = (text: string): boolean => COMMIT.test(text);

/** "org/name" or "org/name@revision" in its parts; undefined for what cannot be a model's id on the hub. */
export function parseModelId(id: string): ModelId | undefined {
  const [name = "", revision = "main", ...more] = id.split("@");
  const bad = more.length > 0 || !NAME.test(name) || !REVISION.test(revision);
  // Two dots could lead out of the cache; two hyphens stand for the slash there.
  return bad || /\.\.|--/.test(name) || revision.includes("..") || name.length > 96
    ? undefined
    : { name, revision };
}

/** Whether `id` has an organisation, as models of the hub have and folders of one's own seldom do. */
export const looksLikeHubId = (id: string): boolean =>
  parseModelId(id) !== undefined && id.split("@")[0]!.includes("/");

const fromHome = (path: string): string => (/^~(?=$|[/\\])/.test(path) ? homedir() + path.slice(1) : path);

export const homeFolder = (env: Env): string =>
  fromHome(env.HF_HOME || join(env.XDG_CACHE_HOME || "~/.cache", "huggingface"));

/** Where the cache is: HF_HUB_CACHE, else the folder `hub` in HF_HOME, else in `~/.cache/huggingface`. */
export const cacheFolder = (env: Env): string =>
  fromHome(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(homeFolder(env), "hub"));

/** Where a model has its blobs, snapshots and refs. */
export const repoFolder = (name: string, env: Env): string =>
  join(cacheFolder(env), `models--${name.replace("/", "--")}`);

/** Whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids the network. */
export const isOffline = (env: Env): boolean =>
  ["1", "ON", "YES", "TRUE"].includes((env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE || "").toUpperCase());

/** The user's token: HF_TOKEN, else what `hf auth login` wrote. */
export function readToken(env: Env): string | undefined {
  const given = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  if (given) return given.trim();
  const path = fromHome(env.HF_TOKEN_PATH || join(homeFolder(env), "token"));
  return existsSync(path) ? readFileSync(path, "utf8").trim() || undefined : undefined;
}

function readRef(folder: string, revision: string): string | undefined {
  try {
    return readFileSync(join(folder, "refs", ...revision.split("/")), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Whether a snapshot has a configuration (which `jigsaw pull` puts in last) and weights. */
function isUsable(folder: string): boolean {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const configured = names.includes("config.json") || names.includes("adapter_config.json");
  return configured && names.some((name) => name.endsWith(".safetensors"));
}

/**
 * The folder of a model of the hub ("org/name" or "org/name@revision") in the cache, or undefined where it is not
 * there, or only in part. Never uses the network.
 */
export function cachedModelFolder(id: string, env: Env = process.env): string | undefined {
  const parsed = parseModelId(id);
  if (!parsed) return undefined;
  const repo = repoFolder(parsed.name, env);
  const commit = isCommit(parsed.revision) ? parsed.revision : readRef(repo, parsed.revision);
  if (!commit || !isCommit(commit)) return undefined;
  const folder = join(repo, "snapshots", commit);
  return isUsable(folder) ? folder : undefined;
}

/** The parts of an id, or a refusal. */
export function modelId(id: string): ModelId {
  const parsed = parseModelId(id);
  if (parsed) return parsed;
  throw new JigsawError(
    "bad-option",
    `"${id}" is no model's id on the hub`,
    "It is like Qwen/Qwen3-0.6B, or Qwen/Qwen3-0.6B@REVISION.",
  );
}

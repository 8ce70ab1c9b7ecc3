// A hub with a model, an empty cache, and pulls from the one into the other.
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../../datasets/temporary.test-helper.ts";
import { type PullOptions, pullModel } from "../pull-model.ts";
import { type FakeModel, sha256, startHub } from "./hub-server.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const WEIGHTS = Buffer.alloc(300_000, "weights ");
export const CONFIG = Buffer.from('{"model_type":"qwen3"}');
export const model: FakeModel = {
  commit: COMMIT,
  refs: ["v1", "refs/pr/1"],
  files: {
    "config.json": CONFIG,
    "tokenizer.json": "{}",
    "merges.txt": "a b",
    "README.md": "# Tiny",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": "no",
    "model-Q4.gguf": "no",
    "modeling_tiny.py": "no",
  },
};

/** A hub with models by id, an empty cache, and pulls from the one into the other. */
export async function place(models: Readonly<Record<string, FakeModel>> = { "org/tiny": model }) {
  const hub = await startHub(models);
  onTestFinished(hub.close);
  const home = await temporaryFolder({});
  const env = { HF_HOME: home, HF_ENDPOINT: `${hub.url}/` };
  const pull = (id = "org/tiny", { env: more = {}, ...options }: PullOptions = {}) =>
    pullModel(id, { env: { ...env, ...more }, retries: 0, pause: 1, ...options });
  const repo = join(home, "hub/models--org--tiny");
  return { hub, home, env, pull, repo, incomplete: join(repo, "blobs", `${sha256(WEIGHTS)}.incomplete`) };
}

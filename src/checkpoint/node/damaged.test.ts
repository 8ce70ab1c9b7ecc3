// Checkpoints of transformers, damaged: each is refused with one message that names the file and the tensor.
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JigsawError } from "../../core/errors.ts";
import { collect } from "../../model/state-dict.ts";
import type { Weight } from "../../model/weights.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { FOLDER } from "./fixtures.test-helper.ts";
import { openSafetensors, writeSafetensors } from "./safetensors-file.ts";

const INDEX = "model.safetensors.index.json";

let root: string;
let folder: string;
let shards: string[];
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-damaged-"));
});
beforeEach(async () => {
  folder = join(root, String(count++));
  await cp(`${FOLDER}checkpoints/sharded-one-kv`, folder, { recursive: true });
  shards = (await readdir(folder)).filter((name) => name.endsWith(".safetensors")).sort();
  expect(shards).toHaveLength(4);
});
afterAll(() => rm(root, { recursive: true }));

const path = (name: string) => join(folder, name);

async function refusal(): Promise<JigsawError> {
  const error = await readCheckpoint(folder).catch((e) => e);
  expect(error).toBeInstanceOf(JigsawError);
  expect(error.message).not.toContain("\n");
  return error;
}

/** The index's text, and its map of tensors to shards. */
async function readIndex() {
  const text = await readFile(path(INDEX), "utf8");
  return { text, map: JSON.parse(text).weight_map as Record<string, string> };
}

/** Changes the index's map. */
async function remap(change: (map: Record<string, string>) => void): Promise<void> {
  const { map } = await readIndex();
  change(map);
  await writeFile(path(INDEX), JSON.stringify({ metadata: {}, weight_map: map }));
}

/** Rewrites a shard with other tensors. */
async function rewrite(name: string, change: (tensors: Record<string, Weight>) => void): Promise<void> {
  await using file = await openSafetensors(path(name));
  const tensors = { ...(await collect(file.tensors)) };
  change(tensors);
  await writeSafetensors(path(name), tensors);
}

const NORM = "model.layers.1.self_attn.k_norm.weight";

describe("a damaged checkpoint", () => {
  it.each([
    [8, /its header would end at byte \d+, but the file has 8$/],
    [100, /its header would end at byte \d+, but the file has 100$/],
    [-1, /tensor "[\w.]+" ends at byte \d+, but the file has \d+$/],
    [-5000, /tensor "[\w.]+" ends at byte \d+, but the file has \d+$/],
    [0, /0 bytes are too few for a safetensors header$/],
  ])("with a shard cut to %d bytes", async (length, message) => {
    const name = shards[2]!;
    const { size } = await stat(path(name));
    await truncate(path(name), length > 0 ? length : length < 0 ? size + length : 0);
    const error = await refusal();
    expect(error.code).toBe("bad-checkpoint");
    expect(error.message).toContain(`${path(name)}: `);
    expect(error.message).toMatch(message);
    expect(error.hint).toContain("damaged");
  });

  it("without a tensor that its index names", async () => {
    const { map } = await readIndex();
    await rewrite(map[NORM]!, (tensors) => delete tensors[NORM]);
    expect(await refusal()).toMatchObject({
      code: "bad-checkpoint",
      message: `${path(INDEX)}: says that tensor "${NORM}" is in ${map[NORM]}, which has no such tensor; nor has any other shard`,
    });
  });

  it("without a tensor, which its index does not name either", async () => {
    const { map } = await readIndex();
    await rewrite(map[NORM]!, (tensors) => delete tensors[NORM]);
    await remap((names) => delete names[NORM]);
    expect(await refusal()).toMatchObject({
      code: "bad-checkpoint",
      message: `${path(INDEX)}: does not fit its config.json: missing: ${NORM} [12]`,
    });
  });

  it("with a tensor of another shape", async () => {
    const { map } = await readIndex();
    await rewrite(map[NORM]!, (tensors) => {
      tensors[NORM] = { dims: [3, 4], data: tensors[NORM]!.data };
    });
    expect((await refusal()).message).toContain(`${NORM} has shape [3,4], expected [12]`);
  });

  it("whose config.json is another model's", async () => {
    const config = JSON.parse(await readFile(path("config.json"), "utf8"));
    await writeFile(path("config.json"), JSON.stringify({ ...config, num_key_value_heads: 2 }));
    const { message, hint } = await refusal();
    expect(message).toContain("k_proj.weight has shape [12,16], expected [24,16]");
    expect(hint).toContain("config.json");
  });

  it("whose index names a file that is not there", async () => {
    await rm(path(shards[1]!));
    const { map } = await readIndex();
    const first = Object.keys(map).find((name) => map[name] === shards[1]);
    expect(await refusal()).toMatchObject({
      code: "bad-checkpoint",
      message: `${path(INDEX)}: says that tensor "${first}" is in ${shards[1]}, but there is no such file`,
      hint: expect.stringContaining("Fetch"),
    });
  });

  it("whose index says that a tensor is in another shard than it is", async () => {
    const { map } = await readIndex();
    const wrong = shards.find((name) => name !== map[NORM])!;
    await remap((names) => {
      names[NORM] = wrong;
    });
    expect((await refusal()).message).toBe(
      `${path(INDEX)}: says that tensor "${NORM}" is in ${wrong}, which has no such tensor; it is in ${map[NORM]}`,
    );
  });

  it("whose index names a tensor twice", async () => {
    const { text, map } = await readIndex();
    const twice = `"weight_map": {"${NORM}": "${map[NORM]}",`;
    await writeFile(path(INDEX), text.replace(/"weight_map":\s*\{/, twice));
    expect((await refusal()).message).toBe(`${path(INDEX)}: has "${NORM}" twice`);
  });

  it("with a shard under two names", async () => {
    await cp(path(shards[0]!), path("copy.safetensors"));
    const { map } = await readIndex();
    const [first] = Object.keys(map).filter((name) => map[name] === shards[0]);
    await remap((names) => {
      names[first!] = "copy.safetensors";
    });
    const { message } = await refusal();
    expect(message).toContain(" is also in ");
    for (const name of [shards[0]!, "copy.safetensors"]) expect(message).toContain(path(name));
  });

  it("with a shard that is no safetensors file", async () => {
    await writeFile(path(shards[3]!), "version https://git-lfs.github.com/spec/v1\noid sha256:0000\n");
    const { message } = await refusal();
    expect(message).toContain(`${path(shards[3]!)}: its header would take `);
  });

  it("with weights of another format only", async () => {
    await rm(path(INDEX));
    await rename(path(shards[0]!), path("pytorch_model.bin"));
    expect((await refusal()).hint).toContain(".bin");
  });
});

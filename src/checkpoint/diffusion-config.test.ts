// Diffusion checkpoints of others: their mask token, block, shift and attention, from what their files tell.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLAIN_QWEN3 } from "../model/config.ts";
import { readConfig } from "./node/checkpoint.ts";
import { FOLDER } from "./node/fixtures.test-helper.ts";
import { repositoryName } from "./node/tokenizer-hints.ts";

let root: string;
let plain: Record<string, unknown>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-diffusion-"));
  plain = JSON.parse(await readFile(`${FOLDER}checkpoints/sharded-spelt-as-4/config.json`, "utf8"));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
/** A folder of the name, with a Qwen3's configuration changed so, and other files. */
async function folderOf(change: object, files: Readonly<Record<string, unknown>> = {}, name = "model") {
  const folder = join(root, String(count++), name);
  await mkdir(folder, { recursive: true });
  const config = { ...plain, vocab_size: 151936, ...change };
  for (const [file, content] of Object.entries({ ...files, "config.json": config })) {
    await writeFile(join(folder, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

async function read(...[change, files, name]: Parameters<typeof folderOf>) {
  const warnings: string[] = [];
  const config = await readConfig(await folderOf(change, files, name), (warning) => warnings.push(warning));
  return { jigsaw: config.jigsaw, warnings };
}

const A2D = { model_type: "a2d-qwen3", architectures: ["A2DQwen3LMHeadModel"] };
const SDAR = { model_type: "sdar", architectures: ["SDARForCausalLM"], fuse_cross_entropy: true };
const EFFICIENT = {
  architectures: ["EfficientDLM"],
  auto_map: { AutoModel: "modeling_efficient_dlm.EfficientDLM" },
  dlm_paradigm: "bidirectional",
  dlm_type: "llada",
  mask_token_id: 151662,
  block_size: 32,
};
const diffusion = { objectives: ["masked-diffusion"], positions: "sequence", shift: false };
/** tokenizer_config.json of a tokenizer with a mask token. */
const tokenizer = (text: string, id: number) => ({
  mask_token: text,
  added_tokens_decoder: { 151643: { content: "<|endoftext|>" }, [id]: { content: text, special: true } },
});

describe("families", () => {
  it("dllm's masked diffusion sees everything", async () => {
    const { jigsaw, warnings } = await read(
      A2D,
      { "tokenizer_config.json": tokenizer("<|mask|>", 151669) },
      "Qwen3-0.6B-diffusion-mdlm-v0.1",
    );
    expect(jigsaw).toEqual({ ...diffusion, pattern: "full", maskToken: 151669, blockSize: null });
    expect(warnings).toEqual([]);
  });

  it("dllm's block diffusion is known by its name, also in Hugging Face's cache, or by its block", async () => {
    const files = { "added_tokens.json": { "<|mask|>": 151669 } };
    const wanted = { ...diffusion, pattern: "blocks", maskToken: 151669, blockSize: 32 };
    expect((await read(A2D, files, "Qwen3-0.6B-diffusion-bd3lm-v0.1")).jigsaw).toEqual(wanted);
    const cached = "models--dllm-hub--Qwen3-0.6B-diffusion-bd3lm-v0.1/snapshots/0123abcd";
    expect((await read(A2D, files, cached)).jigsaw).toEqual(wanted);
    expect((await read({ ...A2D, block_size: 16 }, files)).jigsaw).toEqual({ ...wanted, blockSize: 16 });
    expect((await read({ ...A2D, block_size: null }, files)).jigsaw.pattern).toBe("full");
  });

  it("SDAR is causal over blocks of 4, of what its name ends with, or of what its configuration says", async () => {
    const files = { "tokenizer_config.json": tokenizer("<|MASK|>", 151669) };
    const wanted = { ...diffusion, pattern: "blocks", maskToken: 151669, blockSize: 4 };
    expect(await read(SDAR, files, "SDAR-8B-Chat")).toEqual({ jigsaw: wanted, warnings: [] });
    expect((await read(SDAR, files, "SDAR-4B-Chat-b64")).jigsaw).toEqual({ ...wanted, blockSize: 64 });
    expect((await read({ ...SDAR, block_size: 8 }, files, "SDAR-4B-Chat-b64")).jigsaw.blockSize).toBe(8);
    expect((await read({ ...SDAR, bd_size: 16 }, files)).jigsaw.blockSize).toBe(16);
  });

  it("Efficient-DLM brings its own mask token and class under the name of a qwen3", async () => {
    const wanted = { ...diffusion, pattern: "full", maskToken: 151662, blockSize: 32 };
    expect(await read(EFFICIENT)).toEqual({ jigsaw: wanted, warnings: [] });
  });

  it("a plain Qwen3 is none, whatever its tokenizer has", async () => {
    const files = { "tokenizer_config.json": tokenizer("<|mask|>", 151669) };
    expect(await read({}, files, "Qwen3-0.6B-bd3lm-b8")).toEqual({ jigsaw: PLAIN_QWEN3, warnings: [] });
  });

  it("a logit shift is read", async () => {
    expect((await read({ ...A2D, mask_token_id: 7, right_shift_logits: true })).jigsaw.shift).toBe(true);
  });
});

describe("the mask token", () => {
  const maskOf = async (...args: Parameters<typeof read>) => (await read(...args)).jigsaw.maskToken;
  const listed = { "tokenizer.json": { added_tokens: [{ id: 151665, content: "|<MASK>|" }] } };

  it("is taken from the first that tells it", async () => {
    const named = { "tokenizer_config.json": tokenizer("<|fim_pad|>", 151662), ...listed };
    expect(await maskOf({ ...A2D, mask_token_id: 151666 }, named)).toBe(151666);
    expect(await maskOf(A2D, named)).toBe(151662);
    expect(await maskOf(A2D, listed)).toBe(151665);
    const folder = await folderOf({ ...A2D, mask_token_id: 151666 }, named);
    const config = await readConfig(folder, undefined, { maskToken: 9, blockSize: 8 });
    expect(config.jigsaw).toMatchObject({ maskToken: 9, blockSize: 8, pattern: "blocks" });
  });

  it("is found under another spelling than the tokenizer's own", async () => {
    // As JetLM's repositories have it.
    const files = {
      "tokenizer_config.json": { mask_token: { content: "<|MASK|>" } },
      "added_tokens.json": { "<MASK>": 151669, "<think>": 151667 },
    };
    expect(await read(SDAR, files)).toMatchObject({ jigsaw: { maskToken: 151669 }, warnings: [] });
  });

  it("is one named mask and nothing else, where several have it in their names", async () => {
    const several = { "<|mask|>": 5, "<|mask_start|>": 6, "<|mask_end|>": 7 };
    expect(await maskOf(A2D, { "added_tokens.json": several })).toBe(5);
    const { "<|mask|>": _, ...others } = several;
    const { jigsaw, warnings } = await read(A2D, { "added_tokens.json": others });
    expect(jigsaw.maskToken).toBe(151669);
    expect(warnings).toHaveLength(1);
  });

  it("is the usual one with a warning, where nothing tells it", async () => {
    for (const family of [A2D, SDAR]) {
      const { jigsaw, warnings } = await read(family);
      expect(jigsaw.maskToken).toBe(151669);
      expect(warnings).toEqual([expect.stringContaining("names the mask token; 151669 is taken")]);
    }
  });

  it("is asked for where the usual one is no token, and refused where it is none", async () => {
    await expect(read({ ...A2D, vocab_size: 1000 })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringMatching(
        /config\.json: neither config\.json nor the tokenizer names the mask token$/,
      ),
      hint: expect.stringContaining("mask_token_id"),
    });
    await expect(read({ ...A2D, mask_token_id: 151936 })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringContaining("the mask token 151936 lies outside the vocabulary of 151936"),
    });
  });

  it.each([
    [{ mask_token_id: "151669" }, "mask_token_id must be a whole number"],
    [{ block_size: 0 }, "block_size must be a whole number from 1"],
    [{ right_shift_logits: 1 }, "right_shift_logits must be true or false, found 1"],
  ])("%j is refused", async (change, message) => {
    await expect(read({ ...SDAR, ...change })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringContaining(`config.json: ${message}`),
    });
  });

  it("is not looked for in a tokenizer's file that is damaged", async () => {
    await expect(read(A2D, { "tokenizer.json": "{" })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringContaining("tokenizer.json: is not JSON"),
    });
    const odd = { "tokenizer_config.json": [], "added_tokens.json": { "<|mask|>": -1 }, "tokenizer.json": 3 };
    expect((await read(A2D, odd)).warnings).toHaveLength(1);
  });
});

it("a repository's name is that of its folder, or of its place in the cache", () => {
  expect(repositoryName("/models/SDAR-8B-Chat-b32/")).toBe("SDAR-8B-Chat-b32");
  expect(repositoryName("/hub/models--JetLM--SDAR-8B-Chat-b32/snapshots/0f")).toBe("JetLM/SDAR-8B-Chat-b32");
});

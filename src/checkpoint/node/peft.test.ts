// PEFT's folders: what is read, and what is refused by name.

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { initialWeights } from "../../model/initialize.ts";
import { lora, trained } from "../../model/lora.test-helper.ts";
import { ALL_LINEAR, loraShapes } from "../../model/lora.ts";
import { collect } from "../../model/state-dict.ts";
import { tinyConfig } from "../../model/tiny.test-helper.ts";
import type { Weight } from "../../model/weights.ts";
import { parsePeftConfig, writePeftConfig } from "../peft-config.ts";
import { adapterBase, readAdapter, writeAdapter } from "./peft.ts";
import { openSafetensors, writeSafetensors } from "./safetensors-file.ts";

const config = tinyConfig({ positions: "sequence" });
const model = { config, weights: initialWeights(config, 1) };
const minimal = { peft_type: "LORA", target_modules: ["q_proj"] };
const parse = (changes: object, base = config) => parsePeftConfig({ ...minimal, ...changes }, base);
const modulesOf = (changes: object) => {
  const read = parse(changes);
  const names = Object.keys(loraShapes(read.config, read.lora)).filter((name) => name.includes("A"));
  return names.map((name) => name.replace(/^model\.layers\.(\d)\.\w+\.(\w+)\.lora_A.*/, "$1.$2"));
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jigsaw-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("adapter_config.json", () => {
  it("needs only peft_type and target_modules", () => {
    expect(parse({})).toEqual({
      config,
      base: undefined,
      lora: lora({ rank: 8, alpha: 8, targets: ["q_proj"] }),
    });
    expect(parse({ something_new: { a: 1 } })).toEqual(parse({}));
  });

  it.each([
    [{ target_modules: ["q_proj", "c_attn"] }, ["0.q_proj", "1.q_proj"]],
    [{ target_modules: ["model.layers.1.mlp.up_proj"] }, ["1.up_proj"]],
    [{ target_modules: null }, ["0.q_proj", "0.v_proj", "1.q_proj", "1.v_proj"]],
    [
      { target_modules: "All-Linear" },
      [0, 1].flatMap((layer) => ALL_LINEAR.map((name) => `${layer}.${name}`)),
    ],
    [{ target_modules: ".*\\.1\\..*(?P<which>q|k)_proj" }, ["1.q_proj", "1.k_proj"]],
    [{ target_modules: ["q_proj", "k_proj"], layers_to_transform: 1 }, ["1.q_proj", "1.k_proj"]],
    [{ target_modules: ["q_proj", "k_proj"], layers_to_transform: [0] }, ["0.q_proj", "0.k_proj"]],
    [
      { target_modules: ["q_proj", "k_proj"], exclude_modules: ["0.self_attn.k_proj"] },
      ["0.q_proj", "1.q_proj", "1.k_proj"],
    ],
    [
      { target_modules: "all-linear", exclude_modules: ".*(mlp|\\.0\\.).*" },
      ["1.q_proj", "1.k_proj", "1.v_proj", "1.o_proj"],
    ],
  ])("target_modules: %j", (changes, wanted) => {
    expect(modulesOf(changes)).toEqual(wanted);
  });

  it.each([
    ["unsloth/Qwen3-0.6B-unsloth-bnb-4bit", "unsloth/Qwen3-0.6B"],
    ["unsloth/qwen3-4b-bnb-4bit", "unsloth/qwen3-4b"],
    ["Qwen/Qwen3-8B", "Qwen/Qwen3-8B"],
  ])("base_model_name_or_path %s is %s", (name, base) => {
    expect(parse({ base_model_name_or_path: name }).base).toBe(base);
  });

  it("unties a model whose ends are trained apart", () => {
    const saved = { modules_to_save: ["embed_tokens"] };
    expect(parse({}).config.tieWordEmbeddings).toBe(true);
    expect(parse(saved).config.tieWordEmbeddings).toBe(false);
    expect(parse({ target_modules: ["lm_head"] }).config.tieWordEmbeddings).toBe(false);
    expect(parse({ ...saved, ensure_weight_tying: true }).config.tieWordEmbeddings).toBe(true);
    const patterns = {
      target_modules: ["embed_tokens"],
      ensure_weight_tying: true,
      alpha_pattern: { lm_head: 3 },
    };
    expect(() => parse(patterns)).toThrow("differently");
  });

  it("is written as it is read", () => {
    const adapter = lora({
      rsLora: true,
      targets: ["q_proj", "embed_tokens"],
      modulesToSave: ["norm"],
      rankPattern: { q_proj: 3 },
      alphaPattern: { q_proj: 2.5 },
      dropout: 0.1,
    });
    for (const base of [config, { ...config, tieWordEmbeddings: false }]) {
      const json = JSON.parse(JSON.stringify(writePeftConfig(base, adapter, "Qwen/Qwen3-0.6B")));
      expect(parsePeftConfig(json, base)).toEqual({ config: base, base: "Qwen/Qwen3-0.6B", lora: adapter });
    }
  });

  it.each([
    [{ peft_type: "LOHA" }, 'peft_type "LOHA"'],
    [{ peft_type: undefined }, "peft_type"],
    [{ use_dora: true }, "use_dora true"],
    [{ layer_replication: [[0, 2]] }, "layer_replication a list"],
    [{ target_parameters: ["mlp.experts"] }, "target_parameters a list"],
    [{ alora_invocation_tokens: [1] }, "alora_invocation_tokens a list"],
    [{ trainable_token_indices: [1] }, "trainable_token_indices a list"],
    [{ fan_in_fan_out: true }, "fan_in_fan_out true"],
    [{ lora_bias: true }, "lora_bias true"],
    [{ init_lora_weights: "pissa_niter_4" }, 'init_lora_weights "pissa_niter_4"'],
    [{ target_modules: "(?i)q_proj" }, 'target_modules "(?i)q_proj"'],
    [{ rank_pattern: { "q(": 2 } }, 'rank_pattern "q("'],
  ])("is refused as unsupported: %j", (changes, message) => {
    expect(() => parse(changes)).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => parse(changes)).toThrow(message);
  });

  it.each([
    [{ r: 0 }, "r must be a whole number above 0"],
    [{ lora_alpha: "16" }, "lora_alpha must be a number above 0"],
    [{ target_modules: 3 }, "target_modules must be text or a list of names"],
    [{ rank_pattern: { q_proj: 1.5 } }, "rank_pattern.q_proj must be a whole number above 0"],
    [{ target_modules: ["c_attn"] }, 'target_modules "c_attn" are no modules of a Qwen3'],
  ])("is refused as wrong: %j", (changes, message) => {
    expect(() => parse(changes)).toThrow(expect.objectContaining({ code: "bad-checkpoint" }));
    expect(() => parse(changes)).toThrow(message);
  });
});

describe("an adapter's folder", () => {
  const written = trained(model, lora({ targets: ["q_proj", "embed_tokens"] }));
  const file = () => join(folder, "adapter_model.safetensors");
  const write = () => writeAdapter(folder, config, written, { base: "some/base" });

  /** Writes the tensors of the adapter anew, changed. */
  async function change(alter: (tensors: Record<string, Weight>) => void): Promise<void> {
    await write();
    await using opened = await openSafetensors(file());
    const tensors = { ...(await collect(opened.tensors)) };
    alter(tensors);
    await writeSafetensors(file(), tensors);
  }
  const PREFIX = "base_model.model.";
  const A = `${PREFIX}model.layers.0.self_attn.q_proj.lora_A.weight`;
  const rename = (from: string, to: string) =>
    change((tensors) => {
      tensors[to] = tensors[from]!;
      delete tensors[from];
    });

  it("is read as it was written, and replaced", async () => {
    await write();
    const read = await readAdapter(folder, config);
    expect(read).toEqual({ ...written, config, base: "some/base", baseWeights: {} });
    expect(adapterBase(model, read)).toEqual(model);
    const other = trained(model, lora({ targets: ["k_proj"] }));
    await writeFile(join(folder, "README.md"), "kept");
    await writeAdapter(folder, config, other);
    expect((await readAdapter(folder, config)).weights).toEqual(other.weights);
    expect((await readdir(folder)).sort()).toEqual([
      "README.md",
      "adapter_config.json",
      "adapter_model.safetensors",
    ]);
  });

  it("may hold the adapter's name in its tensors' names", async () => {
    await rename(A, A.replace("lora_A", "lora_A.default"));
    expect((await readAdapter(folder, config)).weights).toEqual(written.weights);
    const embedding = `${PREFIX}model.embed_tokens.lora_embedding_A`;
    await rename(embedding, `${embedding}.default`);
    expect((await readAdapter(folder, config)).weights).toEqual(written.weights);
  });

  it("may hold the base's embedding, which then counts", async () => {
    const embedding = { dims: [64, 24], data: new Float32Array(64 * 24).fill(0.5) };
    await change((tensors) => {
      tensors[`${PREFIX}model.embed_tokens.base_layer.weight`] = embedding;
    });
    const read = await readAdapter(folder, config);
    expect(Object.keys(read.weights)).toEqual(Object.keys(written.weights));
    expect(adapterBase(model, read).weights["model.embed_tokens.weight"]).toEqual(embedding);
  });

  it.each([
    ["a missing tensor", (t: Record<string, Weight>) => delete t[A], `has no tensor "${A}" [2,24]`],
    [
      "another shape",
      (t: Record<string, Weight>) => {
        t[A] = { dims: [3, 24], data: new Float32Array(72) };
      },
      `tensor "${A}" has shape [3,24], expected [2,24]`,
    ],
    [
      "another module",
      (t: Record<string, Weight>) => {
        t[A.replace("q_proj", "k_proj")] = t[A]!;
      },
      "k_proj.lora_A.weight",
    ],
    [
      "a name twice",
      (t: Record<string, Weight>) => {
        t[A.replace("lora_A", "lora_A.default")] = t[A]!;
      },
      "are the same one",
    ],
    [
      "a name without PEFT's prefix",
      (t: Record<string, Weight>) => {
        t["model.norm.weight"] = { dims: [24], data: new Float32Array(24) };
      },
      'tensor "model.norm.weight" [24] is none',
    ],
    [
      "DoRA's magnitudes",
      (t: Record<string, Weight>) => {
        t[A.replace("lora_A.weight", "lora_magnitude_vector")] = { dims: [64], data: new Float32Array(64) };
      },
      "DoRA are not supported",
    ],
    [
      "a bias",
      (t: Record<string, Weight>) => {
        t[A.replace("lora_A.weight", "base_layer.bias")] = { dims: [64], data: new Float32Array(64) };
      },
      "biases are not supported",
    ],
  ])("is refused with %s", async (_, alter, message) => {
    await change(alter);
    await expect(readAdapter(folder, config)).rejects.toThrow(message);
    await expect(readAdapter(folder, config)).rejects.toThrow(file());
  });

  it("is refused for a base of other sizes", async () => {
    await write();
    const wider = { ...config, hiddenSize: 32 };
    await expect(readAdapter(folder, wider)).rejects.toThrow(/has shape \[.*\], expected \[/);
  });

  it("is refused without its files", async () => {
    await expect(readAdapter(folder, config)).rejects.toThrow("adapter_config.json");
    await write();
    await rm(file());
    await expect(readAdapter(folder, config)).rejects.toThrow(`${folder}: has no adapter_model.safetensors`);
  });

  it("is not written with tensors that do not fit", async () => {
    const { [A.slice(PREFIX.length)]: _, ...rest } = written.weights;
    const place = join(folder, "new");
    await expect(writeAdapter(place, config, { ...written, weights: rest })).rejects.toThrow(
      "q_proj.lora_A.weight",
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

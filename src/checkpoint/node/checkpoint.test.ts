import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JigsawError } from "../../core/errors.ts";
import { random } from "../../core/random.ts";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { type Weight, type Weights, weightShapes } from "../../model/weights.ts";
import { parseConfig } from "../config-json.ts";
import { FLOAT_DTYPES } from "../dtype.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { writeSafetensors } from "./safetensors-file.ts";

const CONFIG: Qwen3Config = {
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  intermediateSize: 12,
  vocabSize: 64,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 4096,
  initializerRange: 0.02,
  jigsaw: {
    objectives: ["masked-diffusion"],
    pattern: "prefix",
    positions: "grid",
    maskToken: 15,
    shift: false,
    blockSize: null,
  },
};

/** Weights of 8 significant bits, which every dtype holds exactly. */
function weightsOf(config: Qwen3Config, seed: number): Weights {
  const stream = random("checkpoint test", seed);
  return Object.fromEntries(
    Object.entries(weightShapes(config)).map(([name, dims]) => {
      const count = dims.reduce((a, b) => a * b, 1);
      return [name, { dims, data: Float32Array.from({ length: count }, () => stream.int(-127, 127) / 64) }];
    }),
  );
}

let root: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-checkpoint-"));
});
beforeEach(() => {
  folder = join(root, String(count++), "model");
});
afterAll(() => rm(root, { recursive: true }));

/** The error that reading `folder` ends with. */
async function refusal(): Promise<JigsawError> {
  const error = await readCheckpoint(folder).then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(JigsawError);
  return error;
}

/** Writes a checkpoint whose weights file was then tampered with. */
async function tampered(config: Qwen3Config, change: (weights: Record<string, Weights[string]>) => void) {
  const weights = { ...weightsOf(config, 1) };
  await writeCheckpoint(folder, config, weights);
  change(weights);
  await writeSafetensors(join(folder, "model.safetensors"), weights);
}

describe("checkpoints", () => {
  it.each(FLOAT_DTYPES)("reads back what it wrote as %s, tied and untied", async (dtype) => {
    for (const config of [CONFIG, { ...CONFIG, tieWordEmbeddings: false, jigsaw: PLAIN_QWEN3 }]) {
      const weights = weightsOf(config, 1);
      await writeCheckpoint(folder, config, weights, { dtype });
      const read = await readCheckpoint(folder);
      expect(read.config).toEqual(config);
      expect(read.weights).toEqual(weights);
    }
  });

  it("writes the files of a Hugging Face folder and nothing else", async () => {
    await writeCheckpoint(folder, CONFIG, weightsOf(CONFIG, 1), { dtype: "BF16" });
    expect((await readdir(folder)).sort()).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
    ]);
    expect(await readdir(join(folder, ".."))).toEqual(["model"]);
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    expect(config.torch_dtype).toBe("bfloat16");
    expect(parseConfig(config)).toEqual(CONFIG);
  });

  it("replaces the checkpoint in a folder and keeps its other files", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "README.md"), "a model card");
    await writeCheckpoint(folder, CONFIG, weightsOf(CONFIG, 1));
    const wider = { ...CONFIG, hiddenSize: 16 };
    await writeCheckpoint(folder, wider, weightsOf(wider, 2));
    expect(await readCheckpoint(folder)).toEqual({ config: wider, weights: weightsOf(wider, 2) });
    expect(await readFile(join(folder, "README.md"), "utf8")).toBe("a model card");
    expect((await readdir(folder)).length).toBe(4);
  });

  it("names tensors that are missing, unexpected and misshapen, with both shapes", async () => {
    await tampered(CONFIG, (weights) => {
      delete weights["model.norm.weight"];
      weights["model.layers.1.self_attn.q_proj.bias"] = { dims: [8], data: new Float32Array(8) };
      weights["model.layers.0.mlp.up_proj.weight"] = { dims: [8, 12], data: new Float32Array(96) };
    });
    const { code, message } = await refusal();
    expect(code).toBe("bad-checkpoint");
    expect(message).toContain(join(folder, "model.safetensors"));
    expect(message).toContain("model.layers.0.mlp.up_proj.weight has shape [8,12], expected [12,8]");
    expect(message).toContain("missing: model.norm.weight [8]");
    expect(message).toContain("unexpected: model.layers.1.self_attn.q_proj.bias [8]");
  });

  it("does not list tensors without end", async () => {
    await tampered(CONFIG, (weights) => {
      for (const name of Object.keys(weights)) delete weights[name];
    });
    expect((await refusal()).message).toMatch(/missing: (\S+ \[\S+\],? ){3}and 22 more$/);
  });

  it("ignores a stored head that is tied, and warns where it differs", async () => {
    const warnings: string[] = [];
    await tampered(CONFIG, (weights) => {
      weights["lm_head.weight"] = weights["model.embed_tokens.weight"]!;
    });
    const { weights } = await readCheckpoint(folder, (message) => warnings.push(message));
    expect(warnings).toEqual([]);
    expect(Object.keys(weights)).toEqual(Object.keys(weightShapes(CONFIG)));

    const data = weightsOf(CONFIG, 1)["model.embed_tokens.weight"]!.data.slice();
    data[511]! += 1;
    await tampered(CONFIG, (all) => {
      all["lm_head.weight"] = { dims: [64, 8], data };
    });
    await readCheckpoint(folder, (message) => warnings.push(message));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("lm_head.weight");
  });

  it("reads shards under an index, and refuses an index that leads elsewhere", async () => {
    const config = { ...CONFIG, tieWordEmbeddings: false };
    const weights = weightsOf(config, 1);
    await writeCheckpoint(folder, config, weights);
    await rm(join(folder, "model.safetensors"));
    const names = Object.keys(weights);
    const shards = [names.slice(0, 10), names.slice(10)];
    const map: Record<string, string> = {};
    for (const [i, shard] of shards.entries()) {
      const file = `model-0000${i + 1}-of-00002.safetensors`;
      await writeSafetensors(
        join(folder, file),
        Object.fromEntries(shard.map((name) => [name, weights[name]!])),
      );
      for (const name of shard) map[name] = file;
    }
    const index = (weight_map: unknown) =>
      writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
    await index(map);
    expect((await readCheckpoint(folder)).weights).toEqual(weights);

    for (const name of ["../model.safetensors", "/etc/model.safetensors", "..", 3, "model.bin"]) {
      await index({ ...map, [names[0]!]: name });
      expect((await refusal()).message).toContain("cannot be a shard");
    }
    await index({ ...map, [names[0]!]: "model-00003-of-00003.safetensors" });
    expect((await refusal()).message).toContain("is in model-00003-of-00003.safetensors, but there is no");
    await writeSafetensors(join(folder, "again.safetensors"), { [names[0]!]: weights[names[0]!]! });
    await index({ ...map, extra: "again.safetensors" });
    expect((await refusal()).message).toContain(`tensor "${names[0]}" is also in`);
    await index(undefined);
    expect((await refusal()).message).toContain("has no weight_map");
  });

  it("reads an Efficient-DLM under the names that its code has", async () => {
    const config = { ...CONFIG, tieWordEmbeddings: false, jigsaw: PLAIN_QWEN3 };
    const weights = weightsOf(config, 1);
    await writeCheckpoint(folder, config, weights);
    const path = join(folder, "config.json");
    const json = JSON.parse(await readFile(path, "utf8"));
    const own = { architectures: ["EfficientDLM"], dlm_paradigm: "bidirectional", mask_token_id: 7 };
    await writeFile(path, JSON.stringify({ ...json, ...own }));
    const named = Object.entries(weights).map(([name, weight]): [string, Weight] => [
      name === "lm_head.weight" ? "diffusion_head.weight" : name.replace(/^model/, "encoder"),
      weight,
    ]);
    await writeSafetensors(join(folder, "model.safetensors"), Object.fromEntries(named));
    const read = await readCheckpoint(folder);
    expect(read.weights).toEqual(weights);
    expect(read.config.jigsaw).toMatchObject({ pattern: "full", maskToken: 7 });
  });

  it("says what is not there or cannot be read", async () => {
    expect(await refusal()).toMatchObject({
      code: "not-found",
      message: expect.stringContaining("config.json"),
    });
    await writeCheckpoint(folder, CONFIG, weightsOf(CONFIG, 1));
    await rm(join(folder, "model.safetensors"));
    expect(await refusal()).toMatchObject({
      code: "not-found",
      message: expect.stringContaining("neither model.safetensors nor"),
    });
    await writeFile(join(folder, "config.json"), "{");
    expect(await refusal()).toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringContaining("config.json: is not JSON"),
    });
  });

  it("writes nothing when the weights do not fit or the place cannot be had", async () => {
    const weights = weightsOf({ ...CONFIG, hiddenSize: 16 }, 1);
    await expect(writeCheckpoint(folder, CONFIG, weights)).rejects.toThrow(
      "has shape [64,16], expected [64,8]",
    );
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
    await mkdir(join(folder, ".."), { recursive: true });
    await writeFile(folder, "a file in the way");
    const blocked = await writeCheckpoint(folder, CONFIG, weightsOf(CONFIG, 1)).catch((error) => error);
    expect(blocked).toMatchObject({ name: "JigsawError", code: "io" });
    expect(await readdir(join(folder, ".."))).toEqual(["model"]);
  });
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../checkpoint/node/checkpoint.ts";
import {
  fullConfig,
  roundWeights,
  scattered,
  writeFull,
} from "../checkpoint/node/full-vocabulary.test-helper.ts";
import { readAdapter } from "../checkpoint/node/peft.ts";
import { readPuzzleCheckpoint } from "../checkpoint/node/puzzle-checkpoint.ts";
import { writeVocabulary } from "../checkpoint/vocabulary-json.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { mergeLora } from "../model/merge.ts";
import { runHere } from "./here.test-helper.ts";

/** A small Qwen3 with a vocabulary of its own, as it comes from elsewhere. */
async function base(): Promise<string> {
  const folder = await temporaryFolder({});
  const config = fullConfig();
  await writeFull(`${folder}/base`, config, roundWeights(config, 1), { dtype: "BF16" });
  const vocabulary = writeVocabulary({ vocabulary: scattered() });
  await writeFile(`${folder}/base/vocabulary.json`, JSON.stringify(vocabulary));
  return folder;
}

const QUICK = ["--batch-size=2", "--threads=1", "--device=cpu", "--logging-steps=1", "--schedule=constant"];
const adapt = (folder: string, out: string, ...argv: string[]) =>
  runHere("adapt", "--model", `${folder}/base`, "--out", `${folder}/${out}`, ...QUICK, ...argv);
const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

describe("jigsaw adapt", () => {
  it("asks for a model, and says which there are", async () => {
    const { code, err } = await runHere("adapt", "--steps=1");
    expect(code).toBe(2);
    expect(err).toContain("--model is needed");
    expect(err).toContain("typewriter-tiny");
  });

  it("prunes, trains all weights, and writes a diffusion checkpoint with its tokenizer", async () => {
    const folder = await base();
    expect(await adapt(folder, "run", "--pattern=prefix", "--anneal=0.5", "--steps=2")).toMatchObject({
      code: 0,
      err: "",
    });
    expect(await json(folder, "run", "config.json")).toMatchObject({
      model_type: "a2d-qwen3",
      vocab_size: 64,
      mask_token_id: 16,
      right_shift_logits: true,
      jigsaw: { pattern: "prefix", positions: "sequence", shift: true },
    });
    expect((await json(folder, "run", "vocabulary.json")).base).toMatchObject({ model: "base" });
    expect(await readdir(`${folder}/run`)).toContain("tokenizer.json");
    const before = await readPuzzleCheckpoint(`${folder}/base`);
    const after = await readCheckpoint(`${folder}/run`);
    for (const [name, { dims, data }] of Object.entries(before.weights)) {
      expect(after.weights[name]!.dims).toEqual(dims);
      expect(after.weights[name]!.data, name).not.toEqual(data);
    }
    const solved = await runHere("solve", "examples", "--model", `${folder}/run`, "--device=cpu", "--json");
    expect(solved).toMatchObject({ code: 0, err: "" });
  });

  it.each(["full", "fragments", "blocks"])("learns under the attention pattern %s", async (pattern) => {
    const folder = await base();
    expect(await adapt(folder, "run", `--pattern=${pattern}`, "--steps=1")).toMatchObject({ code: 0 });
    const { jigsaw } = await json(folder, "run", "config.json");
    expect(jigsaw).toMatchObject({ pattern, shift: pattern !== "blocks" });
  });

  it.each([
    ["a typewriter that takes back", "typewriter-backspace", true],
    ["masked diffusion without the shift", "jigsaw-tiny", false],
  ])("takes the logit shift that fits: from %s", async (_, model, shift) => {
    const out = `${await temporaryFolder({})}/run`;
    const argv = ["--model", model, "--out", out, ...QUICK, "--batch-size=1", "--steps=1"];
    expect(await runHere("adapt", ...argv)).toMatchObject({ code: 0, err: "" });
    expect((await json(out, "config.json")).jigsaw.shift).toBe(shift);
  });

  it("refuses the logit shift with blocks of so many tokens", async () => {
    const { code, err } = await adapt(
      await base(),
      "run",
      "--pattern=blocks",
      "--block-size=4",
      "--shift",
      "--steps=1",
    );
    expect(code).toBe(2);
    expect(err).toContain("cannot be combined with the logit shift");
  });

  it("trains an adapter, resumes it as if never stopped, and merges it at the end", async () => {
    const folder = await base();
    const lora = ["--lora-rank=2", "--save-steps=1", "--memory=layers"];
    await adapt(folder, "whole", ...lora, "--steps=4");
    await adapt(folder, "parts", ...lora, "--steps=2");
    const resumed = await runHere("adapt", "--out", `${folder}/parts`, "--resume", "--steps=4");
    expect(resumed).toMatchObject({ code: 0, err: "" });
    const bytes = (run: string, file: string) => readFile(join(folder, run, file));
    for (const file of ["adapter/adapter_model.safetensors", "model.safetensors"]) {
      expect(Buffer.compare(await bytes("whole", file), await bytes("parts", file)), file).toBe(0);
    }
    const { config, weights } = await readPuzzleCheckpoint(`${folder}/base`);
    const adapter = await readAdapter(`${folder}/whole/adapter`, config);
    const engine = await openNodeEngine();
    const merged = await mergeLora(engine, weights, adapter);
    await engine.close();
    const written = (await readCheckpoint(`${folder}/whole`)).weights;
    for (const [name, { data }] of Object.entries(merged)) expect(written[name]!.data, name).toEqual(data);
    expect(merged["model.layers.0.mlp.up_proj.weight"]!.data).not.toEqual(
      weights["model.layers.0.mlp.up_proj.weight"]!.data,
    );
  });

  it("trains the same adapter when layers are computed again", async () => {
    const folder = await base();
    const lora = ["--lora-rank=2", "--steps=2", "--save-steps=2"];
    await adapt(folder, "layers", ...lora, "--memory=layers");
    await adapt(folder, "frugal", ...lora, "--memory=frugal");
    const { config } = await readPuzzleCheckpoint(`${folder}/base`);
    const [layers, frugal] = await Promise.all(
      ["layers", "frugal"].map((run) => readAdapter(`${folder}/${run}/adapter`, config)),
    );
    for (const [name, { data }] of Object.entries(layers!.weights)) {
      const other = frugal!.weights[name]!.data;
      for (const [i, value] of data.entries()) expect(other[i], name).toBeCloseTo(value, 4);
    }
  });

  it("refuses an adapter in one graph, and modules that the model has not", async () => {
    const folder = await base();
    const whole = await adapt(folder, "run", "--lora-rank=2", "--memory=whole");
    expect(whole).toMatchObject({ code: 2, err: expect.stringContaining("layer by layer") });
    const unknown = await adapt(folder, "run", "--lora-rank=2", "--lora-targets=q_proj,w_proj");
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('"w_proj"') });
  });
});

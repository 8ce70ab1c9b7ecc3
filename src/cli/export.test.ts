import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../checkpoint/bundle.ts";
import { encodeFloats, type FloatDtype } from "../checkpoint/dtype.ts";
import { openCheckpoint, readCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { FOLDER } from "../checkpoint/node/fixtures.test-helper.ts";
import {
  fullConfig,
  qwen3Tokenizer,
  roundWeights,
  scattered,
  writeFull,
} from "../checkpoint/node/full-vocabulary.test-helper.ts";
import { readPuzzleCheckpoint, readVocabulary } from "../checkpoint/node/puzzle-checkpoint.ts";
import { makeTokenizer } from "../checkpoint/node/tokenizer.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { EMBEDDING, weightShapes } from "../model/weights.ts";
import { generatePuzzle, trainedFamilies } from "../puzzles/index.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { parseSize } from "./export.ts";
import { runHere } from "./here.test-helper.ts";

const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));
const bytesOf = (...path: string[]) => readFile(join(...path));
const exported = async (...argv: string[]) => {
  const printed = await runHere("export", ...argv);
  expect(printed).toMatchObject({ code: 0 });
  return printed;
};

/** A full model with a tokenizer and other files beside it, as people have them. */
async function withFull(dtype: FloatDtype = "F32", sharded = false) {
  const folder = await temporaryFolder({});
  const base = join(folder, "base");
  const config = fullConfig();
  const weights = roundWeights(config, 1);
  await writeFull(base, config, weights, { dtype, sharded });
  const files = {
    "vocabulary.json": JSON.stringify({ version: 1, base_vocab_size: 120, tokens: tokens() }),
    "merges.txt": "#version: 0.2\n",
    "chat_template.jinja": "{{ messages }}",
    "notes.txt": "of no use to others",
    "generation_config.json": JSON.stringify({ eos_token_id: [1, 2] }),
    "config.json": JSON.stringify({ ...(await json(base, "config.json")), eos_token_id: 2 }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(base, name), text);
  return { folder, base, config, weights };
}

const tokens = () => {
  const { ids, texts, from } = scattered();
  return ids.map((id, i) => ({ id, text: texts[i], from: from[i] }));
};

describe("jigsaw export to Hugging Face's layout", () => {
  it("writes the same model again, byte for byte, with what lies beside it", async () => {
    const { folder, base } = await withFull("BF16");
    await exported("--model", base, "--out", join(folder, "out"));
    for (const name of ["model.safetensors", "merges.txt", "chat_template.jinja", "generation_config.json"])
      expect((await bytesOf(folder, "out", name)).equals(await bytesOf(base, name))).toBe(true);
    expect(await json(folder, "out/config.json")).toMatchObject({ eos_token_id: 2, torch_dtype: "bfloat16" });
    expect(await readdir(join(folder, "out"))).not.toContain("notes.txt");
  });

  it.each(["float16", "bfloat16", "float32"] as const)("rounds weights to %s, and back", async (dtype) => {
    const { folder, base, config, weights } = await withFull();
    await exported("--model", base, "--out", join(folder, "out"), "--dtype", dtype);
    await exported("--model", join(folder, "out"), "--out", join(folder, "back"), "--dtype", "float32");
    // These weights are exact in every dtype.
    expect((await readCheckpoint(join(folder, "back"))).weights).toEqual(weights);
    expect((await json(folder, "out/config.json")).torch_dtype).toBe(dtype);
    await using stored = await openCheckpoint(join(folder, "out"));
    expect(Object.keys(stored.weights)).toEqual(Object.keys(weightShapes(config)));
    const kinds = Object.values(stored.weights).map(({ location }) => location.dtype);
    expect([...new Set(kinds)]).toEqual([{ float16: "F16", bfloat16: "BF16", float32: "F32" }[dtype]]);
  });

  it("cuts what is big into shards with an index, and reads shards", async () => {
    const { folder, base, weights } = await withFull("F16", true);
    await exported("--model", base, "--out", join(folder, "out"), "--max-shard-size", "1.5KB");
    const { metadata, weight_map } = await json(folder, "out/model.safetensors.index.json");
    const files = [...new Set<string>(Object.values(weight_map))].sort();
    expect(files.length).toBeGreaterThan(2);
    expect(files.at(-1)).toBe(`model-0000${files.length}-of-0000${files.length}.safetensors`);
    const count = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
    expect(metadata).toEqual({ total_parameters: count, total_size: 2 * count });
    expect((await readCheckpoint(join(folder, "out"))).weights).toEqual(weights);
    await exported("--model", join(folder, "out"), "--out", join(folder, "whole"));
    await writeFull(join(folder, "plain"), fullConfig(), weights, { dtype: "F16" });
    const name = "model.safetensors";
    expect((await bytesOf(folder, "whole", name)).equals(await bytesOf(folder, "plain", name))).toBe(true);
  });

  it.each([
    ["untied", "patterns", "merged"],
    ["tied", "apart-embedding", "merged-apart"],
  ])("merges an adapter of peft's: %s, %s", async (model, adapter, merged) => {
    const folder = await temporaryFolder({});
    const out = join(folder, "out");
    await exported("--model", FOLDER + model, "--adapter", `${FOLDER}lora/${adapter}`, "--out", out);
    const wanted = await readCheckpoint(`${FOLDER}lora/${merged}`);
    expect(await readCheckpoint(out)).toEqual(wanted);
    expect((await json(out, "config.json")).model_type).toBe("qwen3");
  });

  it("refuses what it cannot do, and writes nothing", async () => {
    const { folder, base } = await withFull();
    const out = join(folder, "out");
    const refused: [string[], string][] = [
      [["--model", base, "--out", base], "is not empty"],
      [["--model", base, "--out", out, "--unprune"], "has its full vocabulary already"],
      [["--model", "jigsaw-tiny", "--out", out, "--unprune"], "it was never pruned"],
      [["--model", "jigsaw-tiny", "--out", out, "--plain"], "stand in grids"],
      [["--model", base, "--out", out, "--max-shard-size", "big"], "--max-shard-size big"],
      [["--model", base, "--out", out, "--dtype", "int4"], "--dtype int4: must be one of float32"],
      [["--model", base, "--out", out, "--format", "web", "--unprune"], "a bundle is for puzzles"],
      [["--model", base, "--out", out, "--format", "web", "--dtype", "bfloat16"], "float32 or float16"],
      [["--model", base, "--out", out, "--adapter", folder], "adapter_config.json"],
      [["--model", join(folder, "gone"), "--out", out], "no model"],
    ];
    for (const [argv, message] of refused) {
      const printed = await runHere("export", ...argv);
      expect(printed.err).toContain(message);
      expect(printed.code).toBe(2);
    }
    expect((await readdir(folder)).sort()).toEqual(["base"]);
  });
});

/** A model adapted from the full one: pruned, and trained a little. */
async function adapted(...argv: string[]) {
  const { folder, base } = await withFull("BF16");
  const run = join(folder, "run");
  const quick = ["--batch-size=2", "--threads=1", "--device=cpu", "--schedule=constant", "--steps=2"];
  const trained = await runHere("adapt", "--model", base, "--out", run, ...quick, ...argv);
  expect(trained).toMatchObject({ code: 0 });
  return { folder, base, run };
}

describe("jigsaw export --unprune", () => {
  it("gives a plain qwen3 of the full vocabulary, which is the same model of puzzles", async () => {
    const { folder, base, run } = await adapted("--pattern=prefix", "--learning-rate=0.01");
    const out = join(folder, "out");
    const { err } = await exported("--model", run, "--unprune", "--base", base, "--out", out);
    expect(err).toContain("holds no tokenizer.json, so none is written");
    const config = await json(out, "config.json");
    expect(config).toMatchObject({
      model_type: "qwen3",
      architectures: ["Qwen3ForCausalLM"],
      vocab_size: 120,
      mask_token_id: scattered().ids[TOKEN.mask],
      eos_token_id: 2,
      jigsaw: { objectives: ["masked-diffusion"], pattern: "prefix" },
    });
    expect(await bytesOf(out, "chat_template.jinja")).toEqual(await bytesOf(base, "chat_template.jinja"));
    expect(await readPuzzleCheckpoint(out)).toEqual(await readCheckpoint(run));
    // Rows of no puzzle's token are the base's.
    const rows = async (from: string) =>
      (await readCheckpoint(from)).weights[EMBEDDING]!.data.subarray(118 * 8);
    expect(await rows(out)).toEqual(await rows(base));
    // What was unpruned is solved as it was before.
    const puzzle = generatePuzzle(trainedFamilies[0]!, "easy", "export", 0);
    await writeFile(join(folder, "puzzle.json"), JSON.stringify(puzzle));
    const solve = (model: string) =>
      runHere("solve", join(folder, "puzzle.json"), "--model", model, "--device=cpu", "--steps=2", "--json");
    const answer = async (model: string) => JSON.parse((await solve(model)).out).attempts;
    expect(await answer(out)).toEqual(await answer(run));
  });

  it("stays dllm's where it is asked to, and finds the base by the name that was noted", async () => {
    const { folder, run } = await adapted("--lora-rank=2");
    const out = join(folder, "out");
    const missing = await runHere("export", "--model", run, "--unprune", "--out", out);
    expect(missing.err).toContain('the model that this one was pruned from, "base", is not here');
    const noted = await json(run, "vocabulary.json");
    noted.base.model = join(folder, "base");
    await writeFile(join(run, "vocabulary.json"), JSON.stringify(noted));
    await exported("--model", run, "--unprune", "--no-plain", "--out", out, "--dtype=bfloat16");
    expect((await json(out, "config.json")).model_type).toBe("a2d-qwen3");
    const [whole, pruned] = [await readPuzzleCheckpoint(out), await readCheckpoint(run)];
    const name = "model.layers.0.mlp.up_proj.weight";
    const rounded = encodeFloats(pruned.weights[name]!.data, "BF16");
    expect(encodeFloats(whole.weights[name]!.data, "BF16")).toEqual(rounded);
  });

  it("adds the new tokens to the base's tokenizer", async () => {
    const folder = await temporaryFolder({});
    const base = join(folder, "base");
    const config = fullConfig({ vocabSize: 151_936 });
    await writeFull(base, config, roundWeights(config, 1), { dtype: "BF16" });
    const { json: tokenizer, config: roles } = qwen3Tokenizer();
    await writeFile(join(base, "tokenizer.json"), JSON.stringify(tokenizer));
    await writeFile(join(base, "tokenizer_config.json"), JSON.stringify(roles));
    const quick = ["--batch-size=2", "--threads=1", "--device=cpu", "--steps=1"];
    await runHere("adapt", "--model", base, "--out", join(folder, "run"), ...quick);
    const out = join(folder, "out");
    await exported("--model", join(folder, "run"), "--unprune", "--base", base, "--out", out);
    const found = makeTokenizer(await json(out, "tokenizer.json"), await json(out, "tokenizer_config.json"));
    const { vocabulary } = (await readVocabulary(out))!;
    expect(vocabulary.ids.map((id) => found.decode([id]))).toEqual([...vocabulary.texts]);
    expect(found.encode("Hello, world")).toEqual(qwen3Tokenizer().encode("Hello, world"));
    expect((await json(out, "config.json")).mask_token_id).toBe(found.id(vocabulary.texts[TOKEN.mask]!));
    expect(await readPuzzleCheckpoint(out)).toEqual(await readCheckpoint(join(folder, "run")));
  });
});

describe("jigsaw export --format web", () => {
  it("prunes, and writes a manifest of what is there", async () => {
    const { folder, base } = await withFull("BF16");
    const out = join(folder, "out");
    const { out: said } = await exported("--model", base, "--format=web", "--dtype=float16", "--out", out);
    expect(said).toMatch(/^2 files, .* -> /);
    const manifest = parseManifest(await json(out, "manifest.json"));
    expect(manifest.model.vocabSize).toBe(64);
    expect(manifest.written_by).toMatch(/^jigsaw-lm \d/);
    const { weights } = await readPuzzleCheckpoint(base);
    const [first] = manifest.tensors;
    const file = await bytesOf(out, first!.file);
    const stored = file.subarray(first!.offset, first!.offset + first!.bytes);
    expect(Buffer.compare(stored, encodeFloats(weights[EMBEDDING]!.data, "F16"))).toBe(0);
  });
});

it("reads sizes as people write them", () => {
  const sizes = { "5GB": 5e9, "500mb": 5e8, "2GiB": 2 ** 31, "1.5 kB": 1500, "4096": 4096 };
  for (const [text, size] of Object.entries(sizes)) expect(parseSize(text)).toBe(size);
  for (const text of ["", "GB", "5XB", "-1", "0", "1e3GB", "NaN"])
    expect(() => parseSize(text)).toThrow("size");
});

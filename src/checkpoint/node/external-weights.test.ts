// Weights that stay in their files give the logits of weights that are read.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { newLedger } from "../../engine/ledger.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { initialWeights } from "../../model/initialize.ts";
import { openModel } from "../../model/model.ts";
import { type ExternalWeight, type ModelWeights, quantizeWeights } from "../../model/model-weights.ts";
import { gap, LOGITS, maskOf, randomTask, SAME, tinyConfig } from "../../model/tiny.test-helper.ts";
import { promptTokens } from "../../sequence/tokens.ts";
import { openCheckpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { externalWeights, loadWeights, quantizeToFile } from "./external-weights.ts";
import { openPuzzleCheckpoint } from "./puzzle-checkpoint.ts";

let engine: Engine;
let root: string;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
  root = await mkdtemp(join(tmpdir(), "jigsaw-external-"));
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true });
});

type InModel = ModelWeights[string];
const isRead = (weight: InModel) => "data" in weight && weight.data instanceof Float32Array;
const isExternal = (weight: InModel) => "data" in weight && "file" in weight.data;
const isQuantized = (weight: InModel): weight is InModel & { values: ExternalWeight } =>
  "values" in weight && "file" in weight.values;

/** Test workers are ended without the event at which a process would remove its own files. */
const removeFiles = async (weights: ModelWeights) => {
  const folders = Object.values(weights).flatMap((weight) =>
    isQuantized(weight) ? [weight.values.folder] : [],
  );
  for (const folder of new Set(folders)) await rm(folder, { recursive: true });
};

const config = tinyConfig({ pattern: "causal", tieWordEmbeddings: false });
const tokens = promptTokens(randomTask("located", 2));

async function logits(weights: ModelWeights, oneProgram = false): Promise<Float32Array> {
  const model = openModel(engine, config, weights, { oneProgram });
  const mask = maskOf("causal", tokens);
  const { logits } = await model.run({ tokens, mask }, LOGITS, newLedger(), "decode");
  await model.close();
  return logits;
}

describe.each(["F32", "BF16", "F16"] as const)("a checkpoint of %s", (dtype) => {
  it("is run from where it lies, behind a symbolic link too", async () => {
    const [real, link] = [join(root, dtype, "blobs"), join(root, dtype, "snapshot")];
    await writeCheckpoint(real, config, initialWeights(config, 1), { dtype });
    await mkdir(link);
    for (const name of ["config.json", "model.safetensors"])
      await symlink(join(real, name), join(link, name));
    const wanted = await logits((await readCheckpoint(link)).weights);
    await using open = await openCheckpoint(link);
    const external = await externalWeights(open.weights);
    expect(Object.values(external).every(isExternal)).toBe(true);
    expect(gap(await logits(external), wanted)).toBeLessThan(SAME);
    expect(gap(await logits(external, true), wanted)).toBeLessThan(SAME);
  });
});

describe("int8 weights in a file", () => {
  it("are those quantized in memory", async () => {
    const folder = join(root, "int8");
    const weights = initialWeights(config, 1);
    await writeCheckpoint(folder, config, weights);
    await using open = await openCheckpoint(folder);
    const quantized = await quantizeToFile(open.weights);
    expect(Object.values(quantized).some(isQuantized)).toBe(true);
    expect(await logits(quantized)).toEqual(await logits(await quantizeWeights(weights)));
    await removeFiles(quantized);
  });
});

describe("a big checkpoint for puzzles", () => {
  it("is run from where it lies, or quantized into a file, where a small one is read", async () => {
    const folder = join(root, "puzzles");
    await writeCheckpoint(folder, config, initialWeights(config, 1));
    await using open = await openPuzzleCheckpoint(folder);
    const small = await loadWeights(open);
    const big = await loadWeights(open, { big: 0 });
    expect(Object.values(small).every(isRead)).toBe(true);
    expect(Object.values(big).every(isExternal)).toBe(true);
    expect(gap(await logits(big), await logits(small))).toBeLessThan(SAME);
    const quantized = await loadWeights(open, { precision: "int8", big: 0 });
    const inMemory = await loadWeights(open, { precision: "int8" });
    expect(await logits(quantized)).toEqual(await logits(inMemory));
    await removeFiles(quantized);
  });
});

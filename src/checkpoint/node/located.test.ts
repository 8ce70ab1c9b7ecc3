// Weights that stay in their files give the logits of weights that are read.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { newLedger } from "../../engine/ledger.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { initialWeights } from "../../model/initialise.ts";
import { openModel } from "../../model/model.ts";
import { roundWeights, type StoredWeights } from "../../model/stored.ts";
import { gap, LOGITS, maskOf, randomTask, SAME, tinyConfig } from "../../model/tiny.test-helper.ts";
import { promptTokens } from "../../sequence/tokens.ts";
import { openCheckpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { locateWeights, roundToFile } from "./located.ts";
import { storedPuzzleCheckpoint } from "./puzzle-checkpoint.ts";
import { fileSource } from "./weight-source.ts";

let engine: Engine;
let root: string;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
  root = await mkdtemp(join(tmpdir(), "jigsaw-located-"));
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true });
});

/** Test workers are ended without the event at which a process would remove its own files. */
const removeFiles = async (weights: StoredWeights) => {
  const folders = Object.values(weights).flatMap((weight) => ("scales" in weight ? [weight.folder!] : []));
  for (const folder of new Set(folders)) await rm(folder, { recursive: true });
};

const config = tinyConfig({ pattern: "causal", tieWordEmbeddings: false });
const tokens = promptTokens(randomTask("located", 2));

async function logits(weights: StoredWeights, oneProgram = false): Promise<Float32Array> {
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
    const open = await openCheckpoint(link);
    const located = await locateWeights(fileSource(open), open.file);
    await open.file.close();
    expect(Object.values(located).every((weight) => "stored" in weight)).toBe(true);
    expect(gap(await logits(located), wanted)).toBeLessThan(SAME);
    expect(gap(await logits(located, true), wanted)).toBeLessThan(SAME);
  });
});

describe("int8 weights in a file", () => {
  it("are those rounded in memory", async () => {
    const folder = join(root, "int8");
    const weights = initialWeights(config, 1);
    await writeCheckpoint(folder, config, weights);
    const open = await openCheckpoint(folder);
    const rounded = await roundToFile(fileSource(open));
    await open.file.close();
    expect(Object.values(rounded).some((weight) => "scales" in weight && "file" in weight.values)).toBe(true);
    expect(await logits(rounded)).toEqual(await logits(roundWeights(weights)));
    await removeFiles(rounded);
  });
});

describe("a big checkpoint for puzzles", () => {
  it("is located, or rounded into a file, where a small one is read", async () => {
    const folder = join(root, "puzzles");
    await writeCheckpoint(folder, config, initialWeights(config, 1));
    const small = await storedPuzzleCheckpoint(folder);
    const big = await storedPuzzleCheckpoint(folder, undefined, "float32", 0);
    expect(Object.values(small.weights).every((weight) => "data" in weight)).toBe(true);
    expect(Object.values(big.weights).every((weight) => "stored" in weight)).toBe(true);
    expect(gap(await logits(big.weights), await logits(small.weights))).toBeLessThan(SAME);
    const rounded = await storedPuzzleCheckpoint(folder, undefined, "int8", 0);
    const inMemory = await storedPuzzleCheckpoint(folder, undefined, "int8");
    expect(await logits(rounded.weights)).toEqual(await logits(inMemory.weights));
    await removeFiles(rounded.weights);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCheckpoint } from "../../checkpoint/node/checkpoint.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { type TrainSettings, trainSettings } from "../settings.ts";
import { loadRun } from "./checkpoints.ts";
import { openData } from "./data.ts";
import { trainInFolder } from "./loop.ts";
import type { RunState } from "./start.ts";
import { newRun } from "./start.ts";

const settings = trainSettings.parse({
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 8,
  intermediateSize: 24,
  batchSize: 2,
  steps: 6,
  saveSteps: 3,
  loggingSteps: 2,
  ema: 0.5,
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-train-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "run");
}

/** Trains with two threads; stops after step `stopAt` as Ctrl-C would. */
async function run(start: RunState, folder: string, stopAt?: number): Promise<boolean> {
  const engine = await openNodeEngine({ threads: 2 });
  const { dataset } = await openData(start.settings);
  const stop = new AbortController();
  const complete = await trainInFolder(engine, start, {
    folder,
    dataset,
    signal: stop.signal,
    // The signal comes while the step before is reported, so that the next one is the last.
    onProgress: ({ step }) => {
      if (stopAt !== undefined && step === stopAt - 1) stop.abort();
    },
  });
  await engine.close();
  return complete;
}

const resumed = async (folder: string): Promise<RunState> => (await loadRun(folder)) as RunState;
const bytes = (folder: string) => readFile(join(folder, "model.safetensors"));
const metrics = async (folder: string) =>
  (await readFile(join(folder, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function unbroken(over: Partial<TrainSettings> = {}): Promise<string> {
  const folder = await temporary();
  await run(await newRun({ ...settings, ...over }), folder);
  return folder;
}

describe("resuming", () => {
  it.each(["masked-diffusion", "autoregressive"] as const)(
    "%s: 3 steps and 3 more give the weights of 6, bit for bit",
    async (objective) => {
      const [whole, folder] = [await unbroken({ objective, accumulate: 2 }), await temporary()];
      expect(await run(await newRun({ ...settings, objective, accumulate: 2 }), folder, 3)).toBe(false);
      expect(await readdir(folder)).not.toContain("model.safetensors");
      expect((await resumed(folder)).step).toBe(3);
      expect(await run(await resumed(folder), folder)).toBe(true);
      expect((await bytes(folder)).equals(await bytes(whole))).toBe(true);
      const optimizer = "checkpoint-6/optimizer.safetensors";
      const [a, b] = [await readFile(join(folder, optimizer)), await readFile(join(whole, optimizer))];
      expect(a.equals(b)).toBe(true);
      const lines = await metrics(folder);
      expect(lines.map(({ step }) => step)).toEqual([2, 4, 6]);
      expect(lines.at(-1).loss).toBe((await metrics(whole)).at(-1).loss);
      expect(lines.at(-1).tokens).toBe((await metrics(whole)).at(-1).tokens);
    },
  );

  it("self-conditioning: 3 steps and 3 more give the weights of 6, bit for bit", async () => {
    const over = { shift: true, selfConditioning: 0.5, accumulate: 2 };
    const [whole, folder] = [await unbroken(over), await temporary()];
    expect(await run(await newRun({ ...settings, ...over }), folder, 3)).toBe(false);
    expect(await run(await resumed(folder), folder)).toBe(true);
    expect((await bytes(folder)).equals(await bytes(whole))).toBe(true);
    for (const selfConditioning of [0, 1])
      expect((await bytes(await unbroken({ ...over, selfConditioning }))).equals(await bytes(whole))).toBe(
        false,
      );
  });

  it("forgets the metrics of steps that were not saved, half a line too", async () => {
    const folder = await temporary();
    await run(await newRun(settings), folder, 3);
    const path = join(folder, "metrics.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"step":4,"loss":9}\n{"step":6,"lo`);
    await run(await resumed(folder), folder);
    expect((await metrics(folder)).map(({ step, loss }) => [step, loss === 9])).toEqual([
      [2, false],
      [4, false],
      [6, false],
    ]);
  });

  it("goes on with more steps than were asked for at first", async () => {
    const folder = await unbroken();
    const state = await resumed(folder);
    expect(await run({ ...state, settings: { ...state.settings, steps: 8 } }, folder)).toBe(true);
    expect((await resumed(folder)).step).toBe(8);
  });

  it("of a finished run writes its model again", async () => {
    const folder = await unbroken();
    const before = await bytes(folder);
    await rm(join(folder, "model.safetensors"));
    await run(await resumed(folder), folder);
    expect((await bytes(folder)).equals(before)).toBe(true);
  });

  it("has only the settings of a run without a checkpoint, and nothing of none", async () => {
    const folder = await temporary();
    expect(await loadRun(folder)).toBeUndefined();
    await run(await newRun(settings), folder, 2);
    await rm(join(folder, "checkpoint-2"), { recursive: true });
    expect(await loadRun(folder)).toEqual({ settings });
  });

  it("names a checkpoint that cannot be read", async () => {
    const folder = await unbroken();
    await writeFile(join(folder, "checkpoint-6", "trainer_state.json"), "{");
    await expect(loadRun(folder)).rejects.toThrow(/checkpoint-6 cannot be resumed: .*JSON/);
  });
});

describe("a run's folder", () => {
  it("holds the last checkpoints and the model, and nothing half done", async () => {
    const folder = await unbroken({ saveSteps: 1 });
    const model = ["config.json", "generation_config.json", "model.safetensors"];
    expect((await readdir(folder)).sort()).toEqual(
      [...model, "checkpoint-5", "checkpoint-6", "metrics.jsonl", "training_args.json"].sort(),
    );
    expect((await readdir(join(folder, "checkpoint-6"))).sort()).toEqual(
      [...model, "optimizer.safetensors", "trainer_state.json", "training_args.json"].sort(),
    );
  });

  it("tells the trainer's state as Hugging Face's does", async () => {
    const folder = await unbroken();
    const state = JSON.parse(await readFile(join(folder, "checkpoint-6", "trainer_state.json"), "utf8"));
    expect(state).toMatchObject({
      global_step: 6,
      max_steps: 6,
      logging_steps: 2,
      save_steps: 3,
      train_batch_size: 2,
    });
    expect(state.log_history).toEqual(await metrics(folder));
    expect(state.log_history[0]).toMatchObject({
      step: 2,
      loss: expect.any(Number),
      grad_norm: expect.any(Number),
      learning_rate: expect.any(Number),
    });
  });

  it("has the averaged weights as its model, and the last ones in the checkpoint", async () => {
    const folder = await unbroken();
    const { weights, state } = await resumed(folder);
    const model = await readCheckpoint(folder);
    for (const [name, { data }] of Object.entries(model.weights)) {
      expect(data).toEqual(state[`${name}/ema`]!.data);
    }
    expect(model.weights["model.norm.weight"]!.data).not.toEqual(weights["model.norm.weight"]!.data);
  });
});

it("starts from another model's weights, and takes over its shape", async () => {
  const first = await unbroken({ ema: 0 });
  const fresh = trainSettings.parse({ init: first, objective: "autoregressive" });
  const { settings: taken, config, weights, step } = await newRun(fresh);
  expect([taken.hiddenSize, taken.layers, step]).toEqual([16, 1, 0]);
  expect(config.jigsaw).toMatchObject({ objectives: ["autoregressive"], pattern: "causal" });
  expect(weights).toEqual((await readCheckpoint(first)).weights);
});

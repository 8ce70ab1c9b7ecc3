// A run's folder: checkpoint-<step>/ as Hugging Face's trainer names them, metrics.jsonl, and the model at the end.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JigsawError } from "../errors.ts";
import { writeFolderAtomically } from "../qwen3/atomic.ts";
import { readCheckpoint, writeCheckpoint } from "../qwen3/checkpoint.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import { openSafetensors, writeSafetensors } from "../qwen3/safetensors-file.ts";
import type { Weight, Weights } from "../qwen3/weights.ts";
import { type TrainSettings, trainSettings } from "./settings.ts";

/** All that a run needs to go on as if it had not been stopped. */
export interface RunState {
  readonly settings: TrainSettings;
  readonly config: Qwen3Config;
  readonly weights: Weights;
  readonly state: Weights;
  /** Steps done. */
  readonly step: number;
  /** Tokens seen so far, padding not counted. */
  readonly tokens: number;
  /** Seconds spent training so far. */
  readonly seconds: number;
}

const OPTIMIZER = "optimizer.safetensors";
const PROGRESS = "trainer_state.json";
const SETTINGS = "training_args.json";
const NAME = /^checkpoint-(\d+)$/;

/** The steps of the checkpoints in a run's folder, oldest first. A half-written one never has this name. */
async function savedSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  const steps = names.flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => a - b);
}

/** Saves a checkpoint, whole or not at all, and removes the oldest beyond `keep`. */
export async function saveRun(folder: string, run: RunState, keep: number): Promise<void> {
  const { settings, config, weights, state, step, tokens, seconds } = run;
  await writeFolderAtomically(join(folder, `checkpoint-${step}`), async (staging) => {
    await writeCheckpoint(staging, config, weights);
    await writeSafetensors(join(staging, OPTIMIZER), state, { dtype: "F32" });
    await writeFile(join(staging, SETTINGS), JSON.stringify(settings, null, 2));
    const progress = {
      global_step: step,
      max_steps: settings.steps,
      num_input_tokens_seen: tokens,
      train_runtime: seconds,
    };
    await writeFile(join(staging, PROGRESS), JSON.stringify(progress, null, 2));
  });
  for (const old of (await savedSteps(folder)).slice(0, -keep)) {
    await rm(join(folder, `checkpoint-${old}`), { recursive: true, force: true });
  }
}

/** The newest checkpoint of a run; undefined where there is none. */
export async function loadRun(folder: string): Promise<RunState | undefined> {
  const step = (await savedSteps(folder)).at(-1);
  if (step === undefined) return undefined;
  const path = join(folder, `checkpoint-${step}`);
  const parse = async (name: string) => JSON.parse(await readFile(join(path, name), "utf8"));
  try {
    const settings = trainSettings.parse(await parse(SETTINGS));
    const { num_input_tokens_seen: tokens, train_runtime: seconds } = await parse(PROGRESS);
    const optimizer = await openSafetensors(join(path, OPTIMIZER));
    const state: Record<string, Weight> = {};
    for (const [name, { shape }] of optimizer.entries)
      state[name] = { dims: shape, data: await optimizer.read(name) };
    await optimizer.close();
    return {
      settings,
      ...(await readCheckpoint(path)),
      state,
      step,
      tokens: Number(tokens),
      seconds: Number(seconds),
    };
  } catch (error) {
    if (error instanceof JigsawError) throw error;
    throw new JigsawError("bad-checkpoint", `${path} cannot be resumed: ${(error as Error).message}`);
  }
}

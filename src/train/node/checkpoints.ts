// A run's folder: checkpoint-<step>/ as Hugging Face's trainer names them, training_args.json, metrics.jsonl, and the
// model at the end.
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../../checkpoint/node/checkpoint.ts";
import { readAdapter, writeAdapter } from "../../checkpoint/node/peft.ts";
import { readVocabulary } from "../../checkpoint/node/puzzle-checkpoint.ts";
import { openSafetensors, writeSafetensors } from "../../checkpoint/node/safetensors-file.ts";
import { writeTokenizer } from "../../checkpoint/node/tokenizer.ts";
import { prunedTokenizer } from "../../checkpoint/puzzle-tokenizer.ts";
import { type SavedVocabulary, VOCABULARY_FILE, writeVocabulary } from "../../checkpoint/vocabulary-json.ts";
import { JigsawError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { ioError, writeFolderAtomically } from "../../files/atomic.ts";
import { writeJson } from "../../files/json.ts";
import { mergedStateDict } from "../../model/merge.ts";
import { collect } from "../../model/state-dict.ts";
import { type TrainSettings, trainSettings } from "../settings.ts";
import type { Metrics } from "./metrics.ts";
import { openStart, type RunState, startOf } from "./start.ts";

const OPTIMIZER = "optimizer.safetensors";
const PROGRESS = "trainer_state.json";
const SETTINGS = "training_args.json";
const NAME = /^checkpoint-(\d+)$/;
/** A checkpoint that is being written or removed. */
const UNFINISHED = /^\.checkpoint-\d+\.\w+$/;

/** The names in a folder; none where there is no folder. */
const names = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw ioError(error, `cannot use ${folder}`);
  });

/** The steps of the checkpoints in a run's folder, oldest first. A half-written one never has this name. */
async function savedSteps(folder: string): Promise<number[]> {
  const steps = (await names(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => a - b);
}

/** Whether something is in a run's folder already; what a killed writer left there does not count. */
export const runExists = async (folder: string): Promise<boolean> =>
  (await names(folder)).some((name) => !name.startsWith("."));

/** Makes a run's folder, notes the settings in it, and removes what a killed run left half done. */
export async function prepareRun(folder: string, settings: TrainSettings): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw ioError(error, `cannot make ${folder}`);
  });
  for (const name of await names(folder)) {
    if (UNFINISHED.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  await writeJson(join(folder, SETTINGS), settings);
}

/** What has been trained: the model, or the adapter in PEFT's files. */
async function writeTrained(folder: string, { settings, config, lora, weights, vocabulary }: RunState) {
  if (lora) {
    await writeAdapter(folder, config, { lora, weights }, { base: settings.init });
    return;
  }
  await writeCheckpoint(folder, config, weights);
  await writeBeside(folder, vocabulary);
}

/** The vocabulary that a model was pruned to, and the tokenizer that goes with it. */
async function writeBeside(folder: string, saved: SavedVocabulary | undefined): Promise<void> {
  if (!saved) return;
  await writeJson(join(folder, VOCABULARY_FILE), writeVocabulary(saved));
  await writeTokenizer(folder, prunedTokenizer(saved.vocabulary));
}

async function readTrained(
  folder: string,
  settings: TrainSettings,
): Promise<Pick<RunState, "config" | "weights" | "lora" | "base" | "vocabulary">> {
  if (settings.loraRank === 0) {
    return { ...(await readCheckpoint(folder)), vocabulary: await readVocabulary(folder) };
  }
  const { config, weights: base, vocabulary } = await startOf(settings);
  const { lora, weights } = await readAdapter(folder, config);
  return { config, base, lora, weights, vocabulary };
}

/**
 * Writes the model that a run ends with into its folder: the moving averages where they were kept; of an adapter, the
 * model with the adapter merged, and the adapter itself under adapter/.
 */
export async function writeResult(engine: Engine, folder: string, run: RunState): Promise<void> {
  const { settings, config, lora, state, vocabulary } = run;
  const weights = settings.ema
    ? Object.fromEntries(Object.keys(run.weights).map((name) => [name, state[`${name}/ema`]!]))
    : run.weights;
  if (lora) {
    await writeAdapter(join(folder, "adapter"), config, { lora, weights }, { base: settings.init });
    await using start = await openStart(settings);
    await using merged = await mergedStateDict(engine, start.weights, { lora, weights });
    await writeCheckpoint(folder, config, merged.weights);
  } else await writeCheckpoint(folder, config, weights);
  await writeBeside(folder, vocabulary);
}

/** Saves a checkpoint, whole or not at all, and removes the oldest beyond the settings' limit. */
export async function saveRun(folder: string, run: RunState, history: readonly Metrics[]): Promise<void> {
  const { settings, state, step, tokens, seconds } = run;
  await writeFolderAtomically(join(folder, `checkpoint-${step}`), async (staging) => {
    await writeTrained(staging, run);
    await writeSafetensors(join(staging, OPTIMIZER), state, { dtype: "F32" });
    await writeJson(join(staging, SETTINGS), settings);
    await writeJson(join(staging, PROGRESS), {
      global_step: step,
      max_steps: settings.steps,
      logging_steps: settings.loggingSteps,
      save_steps: settings.saveSteps,
      train_batch_size: settings.batchSize,
      num_input_tokens_seen: tokens,
      train_runtime: seconds,
      is_local_process_zero: true,
      is_world_process_zero: true,
      log_history: history,
    });
  });
  for (const old of (await savedSteps(folder)).slice(0, -settings.saveTotalLimit)) {
    const leaving = join(folder, `.checkpoint-${old}.old`);
    await rename(join(folder, `checkpoint-${old}`), leaving);
    await rm(leaving, { recursive: true, force: true });
  }
}

const readSettings = async (folder: string): Promise<TrainSettings> =>
  trainSettings.parse(JSON.parse(await readFile(join(folder, SETTINGS), "utf8")));

async function readRun(path: string, step: number): Promise<RunState> {
  const settings = await readSettings(path);
  const { num_input_tokens_seen, train_runtime } = JSON.parse(await readFile(join(path, PROGRESS), "utf8"));
  await using optimizer = await openSafetensors(join(path, OPTIMIZER));
  return {
    settings,
    ...(await readTrained(path, settings)),
    state: await collect(optimizer.tensors),
    step,
    tokens: Number(num_input_tokens_seen),
    seconds: Number(train_runtime),
  };
}

/**
 * The newest checkpoint of a run; only its settings where it was stopped before the first checkpoint; undefined where
 * there is no run. Throws a JigsawError for one that cannot be read.
 */
export async function loadRun(
  folder: string,
): Promise<RunState | { readonly settings: TrainSettings } | undefined> {
  const step = (await savedSteps(folder)).at(-1);
  const path = step === undefined ? folder : join(folder, `checkpoint-${step}`);
  try {
    if (step !== undefined) return await readRun(path, step);
    return (await names(folder)).includes(SETTINGS) ? { settings: await readSettings(folder) } : undefined;
  } catch (error) {
    throw new JigsawError(
      "bad-checkpoint",
      `${path} cannot be resumed: ${(error as Error).message.split("\n")[0]}`,
      step === undefined ? "Start anew in another --out." : "Remove it to resume from the one before it.",
    );
  }
}

// Where a run begins: random weights, or those of another model, ours or any Qwen3. Node only.
import type { Warn } from "../../checkpoint/node/checkpoint.ts";
import { openPuzzleCheckpoint, type PuzzleCheckpoint } from "../../checkpoint/node/puzzle-checkpoint.ts";
import type { SavedVocabulary } from "../../checkpoint/vocabulary-json.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { initialWeights } from "../../model/initialize.ts";
import { initialLora, type LoraConfig } from "../../model/lora.ts";
import { type Checkpoint, collect, type StateDict } from "../../model/state-dict.ts";
import type { Weights } from "../../model/weights.ts";
import { loraOf } from "../adapter.ts";
import { newConfig, trainedConfig } from "../config.ts";
import { checkpointingOf, learningOf, type TrainSettings } from "../settings.ts";
import { checkpointingFor } from "../steps.ts";

/** A model to train, before any step. */
export interface Start {
  readonly config: Qwen3Config;
  readonly weights: Weights;
  /** Where its tokens came from, if it was pruned from a language model. */
  readonly vocabulary?: SavedVocabulary | undefined;
}

/** All that a run needs to go on as if it had not been stopped. */
export interface RunState {
  readonly settings: TrainSettings;
  readonly config: Qwen3Config;
  /** What is trained: all weights, or an adapter's. */
  readonly weights: Weights;
  readonly lora?: LoraConfig | undefined;
  /** The weights under an adapter; the training gives their memory up to the engine. */
  readonly base?: Weights | undefined;
  readonly vocabulary?: SavedVocabulary | undefined;
  /** The optimiser's; none before the first step. */
  readonly state: Weights;
  /** Steps done. */
  readonly step: number;
  /** Tokens seen so far, padding not counted. */
  readonly tokens: number;
  /** Seconds spent training so far. */
  readonly seconds: number;
}

/**
 * Opens the model that a run's settings start from. With `init`, it keeps its shape and its kind of positions. Dispose of
 * it when its weights are read.
 */
export async function openStart(
  settings: TrainSettings,
  warn?: Warn,
): Promise<Pick<PuzzleCheckpoint, "vocabulary"> & Checkpoint<StateDict> & AsyncDisposable> {
  const learning = learningOf(settings);
  const fresh = newConfig(settings);
  if (settings.init === undefined) {
    const config = trainedConfig(fresh, learning);
    const weights = initialWeights(config, settings.seed);
    return { config, weights, vocabulary: undefined, async [Symbol.asyncDispose]() {} };
  }
  const init = await openPuzzleCheckpoint(settings.init, warn);
  return { ...init, config: trainedConfig(init.config, learning) };
}

/** The same with all weights read. */
export async function startOf(settings: TrainSettings, warn?: Warn): Promise<Start> {
  await using start = await openStart(settings, warn);
  return { config: start.config, weights: await collect(start.weights), vocabulary: start.vocabulary };
}

/** A run before its first step. The settings take over the shape of the model that they start from. */
export async function newRun(settings: TrainSettings, warn?: Warn): Promise<RunState> {
  // Refuses what could not be trained, before anything is read or written.
  checkpointingFor(learningOf(settings), settings.loraRank > 0, checkpointingOf(settings));
  const { config, weights, vocabulary } = await startOf(settings, warn);
  const { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, ropeTheta } = config;
  const shape = { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, ropeTheta };
  const lora = loraOf(settings, config);
  return {
    settings: settings.init === undefined ? settings : { ...settings, ...shape },
    config,
    ...(lora
      ? { lora, base: weights, weights: initialLora(config, lora, settings.seed, weights) }
      : { weights }),
    vocabulary,
    state: {},
    step: 0,
    tokens: 0,
    seconds: 0,
  };
}

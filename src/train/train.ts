// Training for library users: a model or a shape in, steps to watch and trained weights out. No files.
import type * as z from "zod";
import type { Task } from "../arc/task.ts";
import { checkOptions } from "../core/options.ts";
import { type Streaming, streaming } from "../core/streaming.ts";
import type { Engine } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import { initialWeights } from "../model/initialize.ts";
import { initialLora } from "../model/lora.ts";
import { mergeLora } from "../model/merge.ts";
import type { Weights } from "../model/weights.ts";
import { type Objective, objectiveOptions } from "../objectives/index.ts";
import { adapterSettings, loraOf } from "./adapter.ts";
import { trainedConfig } from "./config.ts";
import { type Dataset, taskDataset } from "./dataset.ts";
import { hyperparameters } from "./hyperparameters.ts";
import { copiesOf, openRunTrainer, type TrainingRun, type TrainingStep, trainSteps } from "./steps.ts";

/** A model that is open, as `loadModel` gives one; or an engine and a configuration, by default with random weights. */
export type TrainingStart =
  | {
      readonly engine: Engine;
      readonly model: { readonly config: Qwen3Config };
      /** All weights, in memory. They are not changed. */
      weights(): Promise<Weights>;
    }
  | { readonly engine: Engine; readonly config: Qwen3Config; readonly weights?: Weights };

type Given<Schema extends z.ZodObject> = Partial<z.input<Schema>>;

export interface TrainingOptions<Schema extends z.ZodObject>
  extends Given<typeof hyperparameters>,
    Given<typeof adapterSettings>,
    Pick<TrainingRun, "maxTokens" | "anneal" | "gradientCheckpointing" | "seconds" | "signal"> {
  /** What is learnt: one of `objectives`, or one's own (see `defineObjective`). */
  readonly objective: Objective<Schema>;
  /** The objective's own options, the attention pattern among them. */
  readonly options?: Given<Schema>;
  /** The tasks to learn from, each as often as any other; or any endless data set. */
  readonly tasks: readonly Task[] | Dataset;
}

export interface TrainingEvent extends Omit<TrainingStep, "snapshot"> {
  /** Steps of the whole training. */
  readonly steps: number;
}

export interface Trained {
  /** The model's configuration, with what it has learnt. */
  readonly config: Qwen3Config;
  /** The moving averages where `ema` is asked for; with an adapter, the model's weights with the adapter merged in. */
  readonly weights: Weights;
  /** Of each step, in nats. */
  readonly losses: readonly number[];
}

async function* run<Schema extends z.ZodObject>(
  start: TrainingStart,
  given: TrainingOptions<Schema>,
  signal: AbortSignal,
): AsyncGenerator<TrainingEvent, Trained, void> {
  const { engine } = start;
  const { objective, tasks } = given;
  const spell = (name: string) => name;
  const settings = checkOptions(hyperparameters, { ...given }, spell);
  const adapter = checkOptions(adapterSettings, { ...given }, spell);
  const learning = { objective, options: objectiveOptions(objective, given.options ?? {}) };
  const config = trainedConfig("model" in start ? start.model.config : start.config, learning);
  const whole =
    "model" in start ? await start.weights() : (start.weights ?? initialWeights(config, settings.seed));
  const lora = loraOf(adapter, config);
  const training: TrainingRun = {
    ...given,
    ...settings,
    ...learning,
    engine,
    config,
    weights: lora ? initialLora(config, lora, settings.seed, whole) : whole,
    lora,
    base: copiesOf(whole),
    dataset: typeof tasks === "function" ? tasks : taskDataset(tasks, settings.seed),
    signal,
  };
  const trainer = await openRunTrainer(training);
  try {
    const losses: number[] = [];
    for await (const { snapshot: _, ...step } of trainSteps(training, trainer)) {
      losses.push(step.loss);
      yield { ...step, steps: settings.steps };
      // Lets other work of this thread through: an engine may compute in it.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const { weights, state } = await trainer.snapshot();
    const last = settings.ema
      ? Object.fromEntries(Object.keys(weights).map((name) => [name, state[`${name}/ema`]!]))
      : weights;
    return { config, losses, weights: lora ? await mergeLora(engine, whole, { lora, weights: last }) : last };
  } finally {
    await trainer.close();
  }
}

/**
 * Trains a model. It starts by itself: iterate over it once for its steps, or await `result`, or both. Leaving the loop
 * or aborting `signal` stops it after the step in hand.
 * @throws (through `result` and the iteration) JigsawError "bad-option" for settings that do not fit, and where training
 * diverges
 * @example
 * const engine = await openEngine();
 * const tasks = puzzleDataset([families.flip], ["easy"], 3, 1);
 * const training = train({ engine, config: newConfig({ layers: 2 }) }, { objective: objectives.autoregressive, tasks, steps: 200 });
 * for await (const { step, loss } of training) console.log(step, loss);
 * const { config, weights } = await training.result;
 */
export const train = <Schema extends z.ZodObject>(
  start: TrainingStart,
  settings: TrainingOptions<Schema>,
): Streaming<TrainingEvent, Trained> => streaming((signal) => run(start, settings, signal), settings.signal);

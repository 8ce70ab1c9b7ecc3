// The training loop: batches, gradients, updates, learning rates, one step at a time. Runs with folders and checkpoints
// (node/loop.ts) and test-time training (solve/test-time-training.ts) both iterate over it.
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import type { DeviceTensor, Engine } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import type { LoraConfig } from "../model/lora.ts";
import type { Weight, Weights } from "../model/weights.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import type { Annealing } from "./batch.ts";
import type { Learning } from "./config.ts";
import type { Dataset } from "./dataset.ts";
import { type GradientCheckpointing, type GradientFn, wholeModelGradients } from "./gradients.ts";
import type { Hyperparameters } from "./hyperparameters.ts";
import { layerwiseGradients } from "./layerwise.ts";
import { defaultOptimizerSettings } from "./optimizers.ts";
import { openPreparer } from "./prepare.ts";
import { batchSampler } from "./sampler.ts";
import { scheduleFactor } from "./schedule.ts";
import { type LearningRates, openTrainer, type StepResult, type Trainer } from "./trainer.ts";

/** What is trained, on which data, and how. */
export interface TrainingRun extends Learning, Hyperparameters {
  readonly engine: Engine;
  readonly config: Qwen3Config;
  /** The weights that are trained, as they are at the start: all of the model's, or an adapter's. */
  readonly weights: Weights;
  readonly lora?: LoraConfig | undefined;
  /** With an adapter, the model's weights by name; their memory is given up to the engine, one after another. */
  readonly base?: Iterable<readonly [name: string, weight: Weight]> | undefined;
  /** The optimiser's state after `step` steps; a new run has none. */
  readonly state?: Weights | undefined;
  /** Steps that are done already. */
  readonly step?: number;
  readonly dataset: Dataset;
  /** Tasks whose sequence is longer are passed over; by default none. */
  readonly maxTokens?: number;
  /** The share of the steps, the first at least, over which attention opens from causal to its pattern; by default it is open. */
  readonly anneal?: number;
  readonly gradientCheckpointing?: GradientCheckpointing | undefined;
  /** Seconds after which no step begins. Learning rates fall by time where it is nearer to its end than the steps. */
  readonly seconds?: number | undefined;
  /** Stops before the next step: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface TrainingStep extends StepResult, LearningRates {
  /** The number of the step that was done, from 1 on. */
  readonly step: number;
  /** Tokens of the step's sequences, without padding. */
  readonly tokens: number;
  /** Copies of the weights and of the optimiser's state after this step; to be asked for before the next one. */
  snapshot(): Promise<{ weights: Weights; state: Weights }>;
}

/** Copies of weights by name, made one after another: a `base` whose memory can be given up. */
export function* copiesOf(weights: Weights): Iterable<readonly [string, Weight]> {
  for (const [name, { dims, data }] of Object.entries(weights)) yield [name, { dims, data: data.slice() }];
}

const takesGuesses = ({ objective, options }: Learning): boolean =>
  objective.capabilities(options).includes("self-conditioning");

/**
 * The gradient checkpointing of a run: as it is asked for, by default `layers` with an adapter, else `none`.
 * @throws JigsawError "bad-option" where the run cannot be trained so
 */
export function checkpointingFor(
  learning: Learning,
  lora: boolean,
  asked: GradientCheckpointing = lora ? "layers" : "none",
): GradientCheckpointing {
  if (lora && asked === "none") {
    throw new JigsawError(
      "bad-option",
      "--memory whole: an adapter is trained layer by layer",
      "Choose --memory layers or frugal.",
    );
  }
  if (takesGuesses(learning) && asked !== "none") {
    throw new JigsawError(
      "bad-option",
      "--self-conditioning is trained with the model in one graph only, not layer by layer or with an adapter",
      "Use --memory whole and no --lora-rank, or leave --self-conditioning out.",
    );
  }
  return asked;
}

async function openGradients(run: TrainingRun): Promise<GradientFn> {
  const { engine, config, lora, weights, base = [], batchSize: batch } = run;
  const checkpointing = checkpointingFor(run, lora !== undefined, run.gradientCheckpointing);
  if (checkpointing === "none") return wholeModelGradients(engine, config, batch, takesGuesses(run));
  const frozen: Record<string, DeviceTensor> = {};
  for (const [name, weight] of base) if (!weights[name]) frozen[name] = await engine.upload(weight);
  const trainable = Object.fromEntries(Object.entries(weights).map(([name, { dims }]) => [name, dims]));
  const options = { config, batch, trainable, lora, recompute: checkpointing === "recompute" };
  return layerwiseGradients(engine, options, frozen);
}

/** Puts a run's weights and optimiser where it computes. */
export async function openRunTrainer(run: TrainingRun): Promise<Trainer> {
  const { engine, config, weights, state, step = 0, options, optimizer, weightDecay, maxGradNorm, ema } = run;
  const settings = { ...defaultOptimizerSettings, weightDecay };
  const pattern = patterns[options.pattern];
  const soft = takesGuesses(run);
  const update = { config, pattern, soft, optimizer, settings, maxGradNorm, ema };
  return openTrainer(engine, await openGradients(run), update, weights, state, step);
}

/** The learning rates of a step, from 0 on. */
function ratesAt(run: TrainingRun, step: number): LearningRates {
  const { schedule, steps, warmup, learningRate, muonLearningRate } = run;
  const factor = scheduleFactor(schedule, step, steps, Math.round(warmup * steps));
  return { learningRate: learningRate * factor, muonLearningRate: muonLearningRate * factor };
}

/** How far attention has opened at a step; undefined when it has opened whole. */
function annealingAt({ anneal, steps, seed }: TrainingRun, step: number): Annealing | undefined {
  if (anneal === undefined) return undefined;
  const share = step / Math.max(1, Math.round(anneal * steps));
  return share < 1 ? { share, random: random("annealing", seed, step) } : undefined;
}

function checkFinite({ loss, gradNorm }: StepResult, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  throw new JigsawError(
    "bad-option",
    `training diverged at step ${step}: the loss is ${loss}, the gradients' norm ${gradNorm}`,
    "Lower the learning rates, or go on from an earlier checkpoint.",
  );
}

/**
 * Trains step by step, from `run.step` to `run.steps`. Resumed with the weights and the state of a snapshot, it gives
 * the same numbers as if it had never stopped.
 * @param trainer one that was opened for the same run, which stays open; its weights are as the run's
 * @throws JigsawError "bad-option" where the loss or the gradients are not finite any more; "too-long" where hardly any
 * task is short enough
 */
export async function* trainSteps(
  run: TrainingRun,
  trainer?: Trainer,
): AsyncGenerator<TrainingStep, void, void> {
  const { engine, steps, accumulate, seconds = Number.POSITIVE_INFINITY, signal } = run;
  const opened = trainer ?? (await openRunTrainer(run));
  const preparer = openPreparer(engine, opened, run);
  const sampleAt = batchSampler(run.dataset, { maxTokens: Number.POSITIVE_INFINITY, ...run });
  const draw = (step: number) =>
    Array.from({ length: accumulate }, (_, micro) => sampleAt(step * accumulate + micro));
  try {
    const began = performance.now();
    /** The share of the time that is spent. */
    const spent = () => (performance.now() - began) / 1000 / seconds;
    let step = run.step ?? 0;
    let next = step < steps ? draw(step) : [];
    while (step < steps && spent() < 1) {
      signal?.throwIfAborted();
      const rates = ratesAt(run, Math.max(step, spent() * steps));
      const annealing = () => annealingAt(run, step);
      const examples = await preparer.prepare(step, next, annealing);
      const running = opened.step(examples, rates, annealing());
      let result: StepResult;
      try {
        // Drawn while the device computes, where it computes in another thread.
        if (step + 1 < steps) next = draw(step + 1);
      } finally {
        result = await running;
      }
      step++;
      checkFinite(result, step);
      const tokens = examples.flat().reduce((sum, { tokens }) => sum + tokens.length, 0);
      yield { step, ...result, ...rates, tokens, snapshot: opened.snapshot };
    }
  } finally {
    await preparer.close();
    if (!trainer) await opened.close();
  }
}

// A whole training run: batches, steps, metrics, checkpoints.

import { random } from "../../core/random.ts";
import type { DeviceTensor, Engine } from "../../engine/engine.ts";
import { patterns } from "../../sequence/attention-patterns.ts";
import type { Annealing } from "../batch.ts";
import type { Dataset } from "../dataset.ts";
import { type GradientFn, wholeModelGradients } from "../gradients.ts";
import { layerwiseGradients } from "../layerwise.ts";
import { defaultOptimizerSettings } from "../optimizers.ts";
import { batchSampler } from "../sampler.ts";
import { scheduleFactor } from "../schedule.ts";
import { openGuesser } from "../self-conditioning.ts";
import { guesses, objectiveOptions, patternFor, type TrainSettings } from "../settings.ts";
import { openTrainer, type Trainer } from "../trainer.ts";
import { prepareRun, saveRun, writeResult } from "./checkpoints.ts";
import { type Metrics, openMetrics } from "./metrics.ts";
import type { RunState } from "./start.ts";

export interface Progress extends Metrics {
  readonly steps: number;
  readonly secondsLeft: number;
  /** Whether this step's metrics went to metrics.jsonl. */
  readonly logged: boolean;
  /** Whether a checkpoint was saved after this step. */
  readonly saved: boolean;
}

export interface TrainOptions {
  readonly folder: string;
  readonly dataset: Dataset;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops after the step in hand, with a checkpoint. */
  readonly signal?: AbortSignal;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The time of a step, averaged over all but the first (which allocates), later over the last twenty or so. */
function averagePace(pace: number, seconds: number, steps: number): number {
  const share = Math.max(0.05, 1 / Math.max(1, steps - 1));
  return pace + share * (seconds - pace);
}

/** What computes the gradients of a run: the model in one graph, or layer by layer. */
async function openDifferentiator(engine: Engine, run: RunState): Promise<GradientFn> {
  const { settings, config, lora, weights, base = {} } = run;
  const { batchSize: batch, memory = lora ? "layers" : "whole" } = settings;
  if (memory === "whole") return wholeModelGradients(engine, config, batch, guesses(settings));
  const frozen: Record<string, DeviceTensor> = {};
  for (const [name, weight] of Object.entries(base)) {
    if (!weights[name]) frozen[name] = await engine.upload(weight);
  }
  const trainable = Object.fromEntries(Object.entries(weights).map(([name, { dims }]) => [name, dims]));
  const options = { config, batch, trainable, lora, recompute: memory === "frugal" };
  return layerwiseGradients(engine, options, frozen);
}

async function openRunTrainer(engine: Engine, run: RunState): Promise<Trainer> {
  const { settings, config, weights, state, step } = run;
  const { optimizer, weightDecay, maxGradNorm, ema, batchSize } = settings;
  return openTrainer(
    engine,
    await openDifferentiator(engine, run),
    {
      config,
      pattern: patterns[patternFor(settings)],
      guesser: guesses(settings) ? await openGuesser(engine, config, batchSize) : undefined,
      optimizer,
      settings: { ...defaultOptimizerSettings, weightDecay },
      maxGradNorm,
      ema,
    },
    weights,
    Object.keys(state).length ? state : undefined,
    step,
  );
}

/** The learning rates of a step, from 0 on. */
function ratesAt(settings: TrainSettings, step: number) {
  const { schedule, steps, warmup, learningRate, muonLearningRate } = settings;
  const factor = scheduleFactor(schedule, step, steps, Math.round(warmup * steps));
  return { learningRate: learningRate * factor, muonLearningRate: muonLearningRate * factor };
}

/** How far attention has opened at a step; undefined when it has opened whole. */
function annealingAt({ anneal, steps, seed }: TrainSettings, step: number): Annealing | undefined {
  const share = step / Math.max(1, Math.round(anneal * steps));
  return share < 1 ? { share, random: random("annealing", seed, step) } : undefined;
}

/** Of each micro-batch of a step whether it is learnt given a first guess. */
const guessedAt = ({ selfConditioning, accumulate, seed }: TrainSettings, step: number): boolean[] =>
  Array.from({ length: accumulate }, (_, micro) =>
    random("self-conditioning", seed, step, micro).chance(selfConditioning),
  );

/**
 * Trains from `start` to the last step, and writes the model into `folder`. Resuming from a checkpoint gives the
 * same weights as a run that was never stopped. Returns whether the run is complete (not stopped by the signal).
 */
export async function train(engine: Engine, start: RunState, options: TrainOptions): Promise<boolean> {
  const { settings } = start;
  const { folder, signal, onProgress } = options;
  const { batchSize, accumulate, steps, saveSteps, loggingSteps } = settings;
  await prepareRun(folder, settings);
  const log = await openMetrics(folder, start.step);
  const trainer = await openRunTrainer(engine, start);
  const batchAt = batchSampler(options.dataset, { ...settings, options: objectiveOptions(settings) });
  const stepBatches = (step: number) =>
    Array.from({ length: accumulate }, (_, i) => batchAt(step * accumulate + i));

  const began = performance.now() - start.seconds * 1000;
  const elapsed = () => (performance.now() - began) / 1000;
  let tokens = start.tokens;
  let window = { losses: [] as number[], norms: [] as number[], tokens: 0, from: elapsed() };
  let pace = 0;
  let run = start;
  let next = start.step < steps ? stepBatches(start.step) : [];

  for (let step = start.step; step < steps; ) {
    const [micro, from] = [next, elapsed()];
    const rates = ratesAt(settings, step);
    const running = trainer.step(micro, rates, annealingAt(settings, step), guessedAt(settings, step));
    // Drawn while the device computes, where it computes in another thread.
    if (step + 1 < steps) next = stepBatches(step + 1);
    const { loss, gradNorm } = await running;
    step++;
    window.losses.push(loss);
    window.norms.push(gradNorm);
    const seen = micro.flat().reduce((sum, example) => sum + example.tokens.length, 0);
    window.tokens += seen;
    tokens += seen;
    const now = elapsed();
    pace = averagePace(pace, now - from, step - start.step);
    const metrics: Metrics = {
      step,
      loss: mean(window.losses),
      grad_norm: mean(window.norms),
      learning_rate: rates.learningRate,
      sequences_per_second: (window.losses.length * batchSize * accumulate) / (now - window.from),
      tokens_per_second: window.tokens / (now - window.from),
      tokens,
      seconds: now,
    };
    const logged = step % loggingSteps === 0 || step === steps;
    if (logged) {
      await log.add(metrics);
      window = { losses: [], norms: [], tokens: 0, from: now };
    }
    const saved = step % saveSteps === 0 || step === steps || signal?.aborted === true;
    if (saved) {
      run = { ...start, ...(await trainer.snapshot()), step, tokens, seconds: elapsed() };
      await saveRun(folder, run, log.history);
    }
    onProgress?.({ ...metrics, steps, secondsLeft: (steps - step) * pace, logged, saved });
    if (saved && signal?.aborted && step < steps) return false;
    // Lets signals and timers through: an engine in this thread blocks it.
    await new Promise(setImmediate);
  }
  await trainer.close();
  await writeResult(engine, folder, run);
  return true;
}

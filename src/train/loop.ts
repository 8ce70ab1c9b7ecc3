// A whole training run: batches, steps, metrics, checkpoints.
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import type { Example } from "../objectives/index.ts";
import { writeCheckpoint } from "../qwen3/checkpoint.ts";
import { patterns } from "../qwen3/patterns.ts";
import type { Weights } from "../qwen3/weights.ts";
import { batches } from "./batches.ts";
import { type RunState, saveRun } from "./checkpoints.ts";
import { defaultOptimizerSettings } from "./optimizers.ts";
import { scheduleFactor } from "./schedule.ts";
import { patternFor } from "./settings.ts";
import type { Stream } from "./stream.ts";
import { openTrainer } from "./trainer.ts";

/** A line of metrics.jsonl; rates and losses are means over the steps since the line before. */
export interface Metrics {
  readonly step: number;
  readonly loss: number;
  readonly grad_norm: number;
  readonly learning_rate: number;
  readonly sequences_per_second: number;
  /** Tokens of sequences, without padding. */
  readonly tokens_per_second: number;
  /** Tokens of sequences seen since the first step. */
  readonly tokens: number;
  /** Seconds of training, stops not counted. */
  readonly seconds: number;
}

export interface Progress extends Metrics {
  readonly steps: number;
  readonly secondsLeft: number;
}

export interface TrainOptions {
  readonly folder: string;
  readonly stream: Stream;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops after the step in hand, with a checkpoint. */
  readonly signal?: AbortSignal;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Drops metrics of steps after `step`: the run was killed after logging them and before saving them. */
async function trimMetrics(path: string, step: number): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => "");
  const kept = text
    .split("\n")
    .filter((line) => line.endsWith("}") && (JSON.parse(line) as Metrics).step <= step);
  await writeFile(path, kept.map((line) => `${line}\n`).join(""));
}

/** The weights to ship: the moving averages where they were kept. */
function finalWeights(weights: Weights, state: Weights, ema: number): Weights {
  if (!ema) return weights;
  return Object.fromEntries(Object.keys(weights).map((name) => [name, state[`${name}/ema`]!]));
}

/**
 * Trains from `start` to the last step, and writes the model into `folder`. Resuming from a checkpoint gives the
 * same weights as a run that was never stopped. Returns whether the run is complete (not stopped by the signal).
 */
export async function train(engine: Engine, start: RunState, options: TrainOptions): Promise<boolean> {
  const { settings, config } = start;
  const { folder, signal, onProgress } = options;
  await mkdir(folder, { recursive: true });
  const metricsPath = join(folder, "metrics.jsonl");
  await trimMetrics(metricsPath, start.step);
  const pattern = patternFor(settings);
  const trainer = await openTrainer(
    engine,
    {
      config,
      pattern: patterns[pattern],
      batch: settings.batchSize,
      optimizer: settings.optimizer,
      settings: { ...defaultOptimizerSettings, weightDecay: settings.weightDecay },
      maxGradNorm: settings.maxGradNorm,
      ema: settings.ema,
    },
    start.weights,
    Object.keys(start.state).length ? start.state : undefined,
    start.step,
  );
  const { objective, weighting, fullMask, sizeWeight, copies, batchSize, seed, accumulate, steps } = settings;
  const examplesAt = batches(options.stream, {
    objective,
    options: { pattern, weighting, fullMask, sizeWeight, copies },
    batchSize,
    seed,
  });
  const warmup = Math.round(settings.warmup * steps);
  const began = performance.now() - start.seconds * 1000;
  const elapsed = () => (performance.now() - began) / 1000;
  let tokens = start.tokens;
  let window = { losses: [] as number[], norms: [] as number[], tokens: 0, from: elapsed() };

  const save = async (step: number) => {
    const run = { ...start, ...(await trainer.snapshot()), step, tokens, seconds: elapsed() };
    await saveRun(folder, run, settings.saveTotalLimit);
    return run;
  };

  let saved: RunState | undefined = start.step === steps ? start : undefined;
  for (let step = start.step; step < steps; ) {
    const micro: (readonly Example[])[] = [];
    for (let i = 0; i < accumulate; i++) micro.push(examplesAt(step * accumulate + i));
    const factor = scheduleFactor(settings.schedule, step, steps, warmup);
    const learningRate = settings.learningRate * factor;
    const result = await trainer.step(micro, {
      learningRate,
      muonLearningRate: settings.muonLearningRate * factor,
    });
    step++;
    window.losses.push(result.loss);
    window.norms.push(result.gradNorm);
    const seen = micro.flat().reduce((sum, example) => sum + example.tokens.length, 0);
    window.tokens += seen;
    tokens += seen;
    const now = elapsed();
    const rate = window.losses.length / (now - window.from);
    const metrics: Metrics = {
      step,
      loss: mean(window.losses),
      grad_norm: mean(window.norms),
      learning_rate: learningRate,
      sequences_per_second: rate * batchSize * accumulate,
      tokens_per_second: window.tokens / (now - window.from),
      tokens,
      seconds: now,
    };
    onProgress?.({ ...metrics, steps, secondsLeft: (steps - step) / rate });
    if (step % settings.loggingSteps === 0 || step === steps) {
      await appendFile(metricsPath, `${JSON.stringify(metrics)}\n`);
      window = { losses: [], norms: [], tokens: 0, from: now };
    }
    saved = undefined;
    if (step % settings.saveSteps === 0 || step === steps || signal?.aborted) saved = await save(step);
    if (signal?.aborted && step < steps) return false;
    // Lets signals and timers through: running a graph blocks the thread.
    await new Promise(setImmediate);
  }
  const { weights, state } = saved!;
  await writeCheckpoint(folder, config, finalWeights(weights, state, settings.ema));
  return true;
}

// A training run in a folder: steps, metrics, checkpoints.
import type { Engine } from "../../engine/engine.ts";
import type { Dataset } from "../dataset.ts";
import { checkpointingOf, learningOf } from "../settings.ts";
import { type TrainingRun, trainSteps } from "../steps.ts";
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

function trainingRun(engine: Engine, start: RunState, dataset: Dataset): TrainingRun {
  const { settings, config, weights, lora, base = {}, state, step } = start;
  return {
    ...settings,
    ...learningOf(settings),
    engine,
    config,
    weights,
    lora,
    base: Object.entries(base),
    state: step > 0 ? state : undefined,
    step,
    dataset,
    gradientCheckpointing: checkpointingOf(settings),
  };
}

/**
 * Trains from `start` to the last step, and writes the model into `folder`. Resuming from a checkpoint gives the
 * same weights as a run that was never stopped. Returns whether the run is complete (not stopped by the signal).
 */
export async function trainInFolder(
  engine: Engine,
  start: RunState,
  { folder, dataset, signal, onProgress }: TrainOptions,
): Promise<boolean> {
  const { settings } = start;
  const { batchSize, accumulate, steps, saveSteps, loggingSteps } = settings;
  await prepareRun(folder, settings);
  const log = await openMetrics(folder, start.step);

  const began = performance.now() - start.seconds * 1000;
  const elapsed = () => (performance.now() - began) / 1000;
  let tokens = start.tokens;
  let window = { losses: [] as number[], norms: [] as number[], tokens: 0, from: elapsed() };
  let pace = 0;
  let run = start;
  let from = elapsed();

  for await (const done of trainSteps(trainingRun(engine, start, dataset))) {
    const { step, loss, gradNorm, tokens: seen, learningRate } = done;
    window.losses.push(loss);
    window.norms.push(gradNorm);
    window.tokens += seen;
    tokens += seen;
    const now = elapsed();
    pace = averagePace(pace, now - from, step - start.step);
    const metrics: Metrics = {
      step,
      loss: mean(window.losses),
      grad_norm: mean(window.norms),
      learning_rate: learningRate,
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
      run = { ...start, ...(await done.snapshot()), step, tokens, seconds: elapsed() };
      await saveRun(folder, run, log.history);
    }
    onProgress?.({ ...metrics, steps, secondsLeft: (steps - step) * pace, logged, saved });
    if (saved && signal?.aborted && step < steps) return false;
    // Lets signals and timers through: an engine in this thread blocks it.
    await new Promise(setImmediate);
    from = elapsed();
  }
  await writeResult(engine, folder, run);
  return true;
}

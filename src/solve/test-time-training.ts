// Test-time training: the model learns from the task's own demonstrations before it answers (Sun et al. 2020; on ARC,
// Akyürek et al. 2024 and the ARChitects). Each demonstration in turn is the test of the others, in random views.
import type { Task } from "../arc/task.ts";
import { random } from "../core/random.ts";
import { type Streaming, streaming } from "../core/streaming.ts";
import type { Engine } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import { initialLora } from "../model/lora.ts";
import { mergeLora } from "../model/merge.ts";
import type { Weights } from "../model/weights.ts";
import { type Objective, objectiveOptions, objectives } from "../objectives/index.ts";
import { adapterSettings, loraOf } from "../train/adapter.ts";
import type { Learning } from "../train/config.ts";
import { augmentedDataset, type Dataset } from "../train/dataset.ts";
import { copiesOf, openRunTrainer, type TrainingRun, trainSteps } from "../train/steps.ts";
import type { Trainer } from "../train/trainer.ts";
import type { SolverOptions } from "./options.ts";
import type { TrainingCost } from "./solution.ts";

/** A step of test-time training that was done, from 1 on, of `steps`. */
export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  /** Nats. */
  readonly loss: number;
}

/** The solver's options that decide test-time training. */
export type TestTimeOptions = Pick<
  SolverOptions,
  "tttSteps" | "tttSeconds" | "tttBatch" | "tttLoraRank" | "tttLearningRate" | "tttMuonLearningRate" | "seed"
>;

/** The weights after training on a task, which are the model's own where nothing was trained. */
export interface Adapted {
  readonly weights: Weights;
  readonly cost: TrainingCost;
}

/** Adapts a model to one task after another, each from the same weights on; one at a time. */
export interface TestTimeTrainer {
  /** Trains on a task's demonstrations. The model's own weights stay as they are. */
  adapt(task: Task, signal?: AbortSignal): Streaming<TrainingProgress, Adapted>;
  close(): Promise<void>;
}

/** Tasks with longer sequences are not learnt from: a step's memory grows with the square. */
const MOST_TOKENS = 4096;
/** The share of the steps in which learning rates rise; one step at least. */
const WARMUP = 0.1;

/** The cost of no training at all. */
export const noTraining: TrainingCost = {
  steps: 0,
  tokens: 0,
  milliseconds: 0,
  firstLoss: null,
  lastLoss: null,
};

/** The demonstrations alone, each in turn the test of the others, which come in random order and views. */
function leaveOneOut({ id, train }: Task, seed: number): Dataset {
  const demonstrations: Dataset = (index, attempt = 0) => {
    const left = (index + attempt) % train.length;
    const others = train.filter((_, i) => i !== left);
    return {
      id,
      train: random("demonstrations", seed, id, index, attempt).sample(others),
      test: [train[left]!],
    };
  };
  return augmentedDataset(demonstrations, random("lessons", seed, id).int(0, 2 ** 30), {
    colours: "keep-background",
  });
}

/** What trains a checkpoint further, for a decoder that asks for a capability and `needs` others: what it learnt before. */
export function learningFor(capability: string, needs: readonly string[], { jigsaw }: Qwen3Config): Learning {
  const trained: readonly string[] = jigsaw.objectives;
  const fills = trained.includes("masked-diffusion");
  const isJoint = fills && trained.includes("autoregressive") && jigsaw.pattern === "causal-prompt";
  const known: Readonly<Record<string, Objective>> = objectives;
  const own = Object.hasOwn(known, capability) ? capability : "masked-diffusion";
  const reads = own === "autoregressive" || own === "masked-diffusion";
  const objective = known[isJoint && reads && jigsaw.shift ? "joint" : own]!;
  const pattern = objective.patterns.find((name) => name === jigsaw.pattern);
  const given = objective.testTime?.(jigsaw, [capability, ...needs]);
  return { objective, options: objectiveOptions(objective, { ...given, pattern }) };
}

/** @param weights the model's; not changed */
export function openTestTimeTrainer(
  engine: Engine,
  config: Qwen3Config,
  weights: Weights,
  learning: Learning,
  options: TestTimeOptions,
): TestTimeTrainer {
  const { tttSteps: steps, tttSeconds: seconds, tttBatch, tttLoraRank, seed } = options;
  const lora = loraOf(adapterSettings.parse({ loraRank: tttLoraRank }), config);
  const start = lora ? initialLora(config, lora, seed, weights) : weights;
  const runOn = (task: Task, signal: AbortSignal): TrainingRun => ({
    ...learning,
    engine,
    config,
    weights: start,
    lora,
    base: copiesOf(weights),
    dataset: leaveOneOut(task, seed),
    // Views of a task differ in length by their row ends.
    maxTokens: 2 * MOST_TOKENS,
    steps,
    seconds,
    batchSize: tttBatch,
    accumulate: 1,
    optimizer: "muon",
    learningRate: options.tttLearningRate,
    muonLearningRate: options.tttMuonLearningRate,
    schedule: "linear",
    warmup: Math.max(WARMUP, 1 / steps),
    weightDecay: 0,
    maxGradNorm: 1,
    ema: 0,
    seed: random("noise", seed, task.id).int(0, 2 ** 30),
    signal,
  });
  const isTrainable = (task: Task): boolean => {
    // One demonstration cannot be both shown and asked.
    if (steps === 0 || task.train.length < 2) return false;
    const usual = leaveOneOut(task, seed)(0);
    const { tokens } = learning.objective.example(usual, 0.5, random("length"), learning.options);
    return tokens.length <= MOST_TOKENS;
  };
  // Compiled for the first task; all further ones start it again.
  let trainer: Trainer | undefined;

  async function* adapt(task: Task, signal: AbortSignal): AsyncGenerator<TrainingProgress, Adapted, void> {
    if (!isTrainable(task)) return { weights, cost: noTraining };
    const run = runOn(task, signal);
    if (trainer) await trainer.restart(start);
    trainer ??= await openRunTrainer(run);
    const began = performance.now();
    const losses: number[] = [];
    let tokens = 0;
    for await (const { step, loss, tokens: seen } of trainSteps(run, trainer)) {
      losses.push(loss);
      tokens += seen;
      yield { step, steps, loss };
    }
    const trained = await trainer.readWeights();
    const merged = lora ? await mergeLora(engine, weights, { lora, weights: trained }) : trained;
    const cost = {
      steps: losses.length,
      tokens,
      milliseconds: performance.now() - began,
      firstLoss: losses[0] ?? null,
      lastLoss: losses.at(-1) ?? null,
    };
    return { weights: merged, cost };
  }

  return {
    adapt: (task, signal) => streaming((stopped) => adapt(task, stopped), signal),
    async close() {
      await trainer?.close();
    },
  };
}

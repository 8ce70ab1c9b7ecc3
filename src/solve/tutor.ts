// Test-time training: the model learns from the task's own demonstrations before it answers (Sun et al. 2020; on ARC,
// Akyürek et al. 2024 and the ARChitects). Each demonstration in turn is the test of the others, in random views.
import type { Task } from "../arc/task.ts";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import { ALL_LINEAR, embeddingModules, initialLora, type LoraConfig } from "../model/lora.ts";
import { mergeLora } from "../model/merge.ts";
import type { Weights } from "../model/weights.ts";
import { type ObjectiveName, type ObjectiveOptions, objectives } from "../objectives/index.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { augmentedDataset, type Dataset } from "../train/dataset.ts";
import { type GradientFn, wholeModelGradients } from "../train/gradients.ts";
import { layerwiseGradients } from "../train/layerwise.ts";
import { defaultOptimizerSettings } from "../train/optimizers.ts";
import { batchSampler } from "../train/sampler.ts";
import { scheduleFactor } from "../train/schedule.ts";
import { openTrainer, type Trainer } from "../train/trainer.ts";
import type { SolverOptions } from "./options.ts";
import type { TrainingCost } from "./solution.ts";

/** What a model is to learn, and under which pattern. */
export interface Lesson {
  readonly objective: ObjectiveName;
  readonly options: ObjectiveOptions;
}

export interface TutorProgress {
  readonly step: number;
  readonly steps: number;
  /** Nats. */
  readonly loss: number;
}

export type TutorOptions = Pick<
  SolverOptions,
  "tttSteps" | "tttSeconds" | "tttBatch" | "tttLoraRank" | "tttLearningRate" | "tttMuonLearningRate" | "seed"
>;

/** Teaches one task after another, each from the same weights on. */
export interface Tutor {
  /** The weights after training on a task; those that the tutor began with stay as they are. */
  teach(
    task: Task,
    signal?: AbortSignal,
  ): AsyncGenerator<TutorProgress, { weights: Weights; cost: TrainingCost }>;
  close(): Promise<void>;
}

/** Tasks with longer sequences are not learnt from: a step's memory grows with the square. */
const MOST_TOKENS = 4096;
/** The share of the steps in which learning rates rise. */
const WARMUP = 0.1;

/** The cost of no training at all. */
export const untaught: TrainingCost = {
  steps: 0,
  tokens: 0,
  milliseconds: 0,
  firstLoss: null,
  lastLoss: null,
};

/** The demonstrations alone, each in turn the test of the others, which come in random order and views. */
function lessons({ id, train }: Task, seed: number): Dataset {
  const leaveOneOut: Dataset = (index, attempt = 0) => {
    const turn = (index + attempt) % train.length;
    const others = train.filter((_, i) => i !== turn);
    return {
      id,
      train: random("demonstrations", seed, id, index, attempt).sample(others),
      test: [train[turn]!],
    };
  };
  return augmentedDataset(leaveOneOut, random("lessons", seed, id).int(0, 2 ** 30), {
    colours: "keep-background",
  });
}

/** What trains a model for the given capability: as it was trained for the like, wrong cells and blocks included. */
export function lessonFor(capability: string, needs: readonly string[], { jigsaw }: Qwen3Config): Lesson {
  const trained: readonly string[] = jigsaw.objectives;
  const fills = trained.includes("masked-diffusion");
  const isJoint = fills && trained.includes("autoregressive") && jigsaw.pattern === "causal-prompt";
  const own = Object.hasOwn(objectives, capability) ? (capability as ObjectiveName) : "masked-diffusion";
  const reads = own === "autoregressive" || own === "masked-diffusion";
  const objective = isJoint && reads && jigsaw.shift ? "joint" : own;
  const possible: readonly PatternName[] = objectives[objective].patterns;
  const pattern = possible.find((name) => name === jigsaw.pattern) ?? possible[0]!;
  const asks = (name: string) => capability === name || needs.includes(name);
  return {
    objective,
    options: {
      pattern,
      weighting: "uniform",
      fullMask: 0.4,
      sizeWeight: 1,
      wrongCells: asks("wrong-cells") ? 0.4 : 0,
      copies: 1,
      shift: jigsaw.shift,
      blocks: asks("block-diffusion") && pattern !== "blocks" ? 0.4 : 0,
      blockSize: jigsaw.blockSize,
    },
  };
}

/** LoRA of all matrices, embeddings trained whole. */
const loraOf = (config: Qwen3Config, rank: number): LoraConfig => ({
  rank,
  alpha: 2 * rank,
  rsLora: false,
  targets: [...ALL_LINEAR],
  modulesToSave: embeddingModules(config),
  rankPattern: {},
  alphaPattern: {},
  dropout: 0,
});

/** @param weights of the model that is taught; not changed */
export async function openTutor(
  engine: Engine,
  config: Qwen3Config,
  weights: Weights,
  { objective, options }: Lesson,
  settings: TutorOptions,
): Promise<Tutor> {
  const {
    tttSteps: steps,
    tttSeconds,
    tttBatch,
    tttLoraRank,
    tttLearningRate,
    tttMuonLearningRate,
    seed,
  } = settings;
  const lora = tttLoraRank > 0 ? loraOf(config, tttLoraRank) : undefined;
  const start = lora ? initialLora(config, lora, seed, weights) : weights;

  const openGradients = async (): Promise<GradientFn> => {
    if (!lora) return wholeModelGradients(engine, config, tttBatch);
    const frozen: Record<string, Awaited<ReturnType<Engine["upload"]>>> = {};
    for (const [name, { dims, data }] of Object.entries(weights))
      if (!start[name]) frozen[name] = await engine.upload({ dims, data: data.slice() });
    const trainable = Object.fromEntries(Object.entries(start).map(([name, { dims }]) => [name, dims]));
    return layerwiseGradients(engine, { config, batch: tttBatch, trainable, lora, recompute: false }, frozen);
  };
  const open = async (): Promise<Trainer> => {
    const update = {
      config,
      pattern: patterns[options.pattern],
      optimizer: "muon" as const,
      settings: { ...defaultOptimizerSettings, weightDecay: 0 },
      maxGradNorm: 1,
      ema: 0,
    };
    return openTrainer(engine, await openGradients(), update, start, undefined, 0);
  };
  // Compiled for the first task; all further ones start it again.
  let trainer: Trainer | undefined;

  return {
    async *teach(task, signal) {
      // One demonstration cannot be both shown and asked.
      if (steps === 0 || task.train.length < 2) return { weights, cost: untaught };
      const dataset = lessons(task, seed);
      const usual = objectives[objective].example(dataset(0), 0.5, random("length"), options);
      if (usual.tokens.length > MOST_TOKENS) return { weights, cost: untaught };
      if (trainer) await trainer.restart(start);
      trainer ??= await open();
      const began = performance.now();
      const elapsed = () => performance.now() - began;
      const batchAt = batchSampler(dataset, {
        objective,
        options,
        batchSize: tttBatch,
        // Views of a task differ in length by their row ends.
        maxTokens: 2 * MOST_TOKENS,
        seed: random("noise", seed, task.id).int(0, 2 ** 30),
      });
      const limit = (tttSeconds ?? Number.POSITIVE_INFINITY) * 1000;
      const losses: number[] = [];
      let tokens = 0;
      while (losses.length < steps && elapsed() < limit) {
        signal?.throwIfAborted();
        const step = losses.length;
        const examples = batchAt(step);
        // Rates fall by whichever budget is the nearer to its end.
        const done = Math.max(step, (elapsed() / limit) * steps);
        const factor = scheduleFactor("linear", done, steps, Math.max(1, Math.round(WARMUP * steps)));
        const rates = {
          learningRate: tttLearningRate * factor,
          muonLearningRate: tttMuonLearningRate * factor,
        };
        const { loss } = await trainer.step([examples], rates);
        losses.push(loss);
        tokens += examples.reduce((sum, example) => sum + example.tokens.length, 0);
        yield { step: losses.length, steps, loss };
      }
      const trained = (await trainer.snapshot()).weights;
      const merged = lora ? await mergeLora(engine, weights, { lora, weights: trained }) : trained;
      const cost = {
        steps: losses.length,
        tokens,
        milliseconds: elapsed(),
        firstLoss: losses[0] ?? null,
        lastLoss: losses.at(-1) ?? null,
      };
      return { weights: merged, cost };
    },
    async close() {
      await trainer?.close();
    },
  };
}

// Everything that decides a training run: the flags of `jigsaw train`, and what a checkpoint remembers.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import type { Qwen3Config } from "../model/config.ts";
import { ALL_LINEAR, embeddingModules, type LoraConfig, loraShapes } from "../model/lora.ts";
import {
  BACKSPACE_MODES,
  BACKSPACE_RATE,
  type ObjectiveName,
  type ObjectiveOptions,
  objectives,
} from "../objectives/index.ts";
import { type Level, levels } from "../puzzles/index.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { TOKEN, VOCABULARY } from "../sequence/tokens.ts";
import { SCHEDULES } from "./schedule.ts";

const count = z.int().positive();
const share = z.number().min(0).max(1);
const names = <T extends string>(record: Readonly<Record<T, unknown>>) => Object.keys(record) as [T, ...T[]];

/** The settings by subject, in the order in which the help lists them. */
export const settingGroups = {
  Model: {
    init: z
      .string()
      .optional()
      .describe("start from the weights in this model folder, which then sets the model's shape"),
    hiddenSize: count.default(128).describe("width of the residual stream"),
    layers: count.default(6).describe("number of layers"),
    heads: count.default(4).describe("query heads"),
    kvHeads: count.default(2).describe("key and value heads; divides the query heads"),
    headDim: count.multipleOf(2).default(32).describe("dimensions of a head"),
    intermediateSize: count.default(384).describe("width of the feed-forward layers"),
    ropeTheta: z.number().positive().default(30).describe("base of the rotary frequencies"),
  },
  Data: {
    data: z
      .string()
      .optional()
      .describe("files or folders of tasks, comma-separated (default: procedural puzzles)"),
    levels: z
      .array(z.enum(names<Level>(levels)))
      .nonempty()
      .default(["easy"])
      .describe("levels of procedural puzzles"),
    augment: z
      .boolean()
      .default(false)
      .describe("random symmetries, colours and order of pairs whenever a task is drawn"),
    demonstrations: z
      .int()
      .min(2)
      .max(4)
      .default(3)
      .describe("demonstrations of a procedural puzzle, or of a task drawn from RE-ARC's pairs"),
    maxTokens: count.default(2048).describe("sequences that are longer are passed over"),
  },
  Objective: {
    objective: z
      .enum(names<ObjectiveName>(objectives))
      .default("masked-diffusion")
      .describe(
        "what to learn: the typewriter's next token, masked cells in any order, both at once, the next token and backspaces, or operations on a draft",
      ),
    pattern: z
      .enum(names<PatternName>(patterns))
      .optional()
      .describe("attention pattern; the objective's own by default"),
    weighting: z
      .enum(["uniform", "elbo"])
      .default("uniform")
      .describe("masked diffusion: weight of a cell when k of N are masked, 1 or N/k"),
    fullMask: share.default(0.5).describe("masked diffusion: share of copies that are masked whole"),
    sizeWeight: z
      .number()
      .positive()
      .default(2)
      .describe("masked diffusion: weight of a size next to a cell"),
    wrongCells: share
      .default(0)
      .describe("masked diffusion: share of copies with wrong visible cells, all cells to be told"),
    selfConditioning: share
      .default(0)
      .describe(
        "masked diffusion: share of batches learnt given the model's own first guess of masked cells",
      ),
    copies: count.default(1).describe("masked diffusion: differently masked copies of each answer"),
    shift: z
      .boolean()
      .default(false)
      .describe("masked diffusion: predict each token at the token before it, as a typewriter does"),
    blocks: share
      .default(0)
      .describe(
        'masked diffusion: share of copies masked block by block; under the pattern "blocks" all are',
      ),
    blockSize: count.optional().describe("tokens in a block (default: a row)"),
    backspaceRate: share
      .default(BACKSPACE_RATE)
      .describe("backspace: the most of a sequence's cells before which a wrong one is written"),
    backspaceMode: z
      .enum(BACKSPACE_MODES)
      .default("kept")
      .describe("backspace: whether what was taken back stays in the history or is hidden from what follows"),
    anneal: share
      .default(0)
      .describe("share of the steps over which attention opens from causal to the pattern"),
  },
  Adapter: {
    loraRank: z
      .int()
      .min(0)
      .default(0)
      .describe("train low-rank updates of the layers' matrices (LoRA) of this rank; 0: train all weights"),
    loraAlpha: z
      .number()
      .positive()
      .optional()
      .describe("scale of the updates, times the rank (default: 2 x rank)"),
    rsLora: z.boolean().default(false).describe("scale by alpha / sqrt(rank) instead of alpha / rank"),
    loraTargets: z
      .array(z.string())
      .nonempty()
      .default(["all-linear"])
      .describe("matrices that are updated, such as q_proj,v_proj"),
    loraEmbeddings: z
      .enum(["train", "frozen"])
      .default("train")
      .describe("whether the embeddings (and an untied head) are trained whole beside the updates"),
  },
  Optimisation: {
    steps: count.default(2000).describe("optimiser steps"),
    batchSize: count.default(16).describe("sequences that are computed at once"),
    accumulate: count.default(1).describe("batches whose gradients are added up for one step"),
    optimizer: z
      .enum(["muon", "adamw"])
      .default("muon")
      .describe("for the layers' matrices; all else takes AdamW"),
    learningRate: z.number().positive().default(3e-3).describe("AdamW's peak learning rate"),
    muonLearningRate: z.number().positive().default(0.02).describe("Muon's peak learning rate"),
    schedule: z
      .enum(SCHEDULES)
      .default("cosine")
      .describe("how learning rates fall after the warm-up; stable: only over the last 40 %"),
    warmup: share.default(0.02).describe("share of the steps in which learning rates rise"),
    weightDecay: z.number().min(0).default(0.01).describe("decoupled weight decay of matrices"),
    maxGradNorm: z.number().min(0).default(1).describe("gradients are clipped to this global norm; 0: never"),
    ema: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("decay of a moving average of the weights, the model that comes out; 0: none"),
    seed: z.int().default(1).describe("seed of weights, data and masks"),
  },
  Saving: {
    saveSteps: count.default(500).describe("steps between checkpoints"),
    saveTotalLimit: count.default(2).describe("checkpoints to keep"),
    loggingSteps: count.default(10).describe("steps between lines of metrics.jsonl"),
  },
  Machine: {
    threads: count.optional().describe("threads for one operator (default: all cores)"),
    memory: z
      .enum(["whole", "layers", "frugal"])
      .optional()
      .describe(
        "the model in one graph; layer by layer, products kept; or layer by layer, products computed again (default: whole, or with LoRA layers)",
      ),
  },
};

export const trainSettings = z.object({
  ...settingGroups.Model,
  ...settingGroups.Data,
  ...settingGroups.Objective,
  ...settingGroups.Adapter,
  ...settingGroups.Optimisation,
  ...settingGroups.Saving,
  ...settingGroups.Machine,
});

export type TrainSettings = z.infer<typeof trainSettings>;

/** The settings that may differ when a run is resumed: they do not touch the steps that are done. */
export const RESUMABLE: readonly (keyof TrainSettings)[] = [
  "steps",
  "saveSteps",
  "saveTotalLimit",
  "loggingSteps",
  "threads",
  "memory",
];

/** The pattern that a run trains under; refuses one that the objective cannot learn under. */
export function patternFor({
  objective,
  pattern,
}: Pick<TrainSettings, "objective" | "pattern">): PatternName {
  const possible: readonly PatternName[] = objectives[objective].patterns;
  if (!pattern) return possible[0]!;
  if (possible.includes(pattern)) return pattern;
  throw new JigsawError(
    "bad-option",
    `objective "${objective}" cannot be learnt under pattern "${pattern}"`,
    `Its patterns: ${possible.join(", ")}.`,
  );
}

/** The adapter that is trained, or undefined where all weights are. Refuses targets that the model has not. */
export function loraOf(settings: TrainSettings, config: Qwen3Config): LoraConfig | undefined {
  const { loraRank: rank, loraAlpha, rsLora, loraTargets, loraEmbeddings, memory } = settings;
  if (rank === 0) return undefined;
  if (memory === "whole") {
    throw new JigsawError(
      "bad-option",
      "--memory whole: an adapter is trained layer by layer",
      "Choose --memory layers or frugal.",
    );
  }
  const lora: LoraConfig = {
    rank,
    alpha: loraAlpha ?? 2 * rank,
    rsLora,
    targets: loraTargets.flatMap((target) => (target === "all-linear" ? ALL_LINEAR : [target])),
    modulesToSave: loraEmbeddings === "train" ? embeddingModules(config) : [],
    rankPattern: {},
    alphaPattern: {},
    dropout: 0,
  };
  loraShapes(config, lora);
  return lora;
}

/** What the objective is to make of each task. */
export const objectiveOptions = (settings: TrainSettings): ObjectiveOptions => {
  const { weighting, fullMask, sizeWeight, wrongCells, copies, shift } = settings;
  const { blocks, blockSize = null, selfConditioning, backspaceRate, backspaceMode } = settings;
  return {
    pattern: patternFor(settings),
    weighting,
    fullMask,
    sizeWeight,
    wrongCells,
    selfConditioning,
    copies,
    shift,
    blocks,
    blockSize,
    backspaceRate,
    backspaceMode,
  };
};

/** Whether a run has steps that are learnt given a first guess; refuses them where they cannot be. */
export function guesses(settings: TrainSettings): boolean {
  const { objective, loraRank, memory = loraRank > 0 ? "layers" : "whole" } = settings;
  if (!objectives[objective].trains(objectiveOptions(settings)).includes("self-conditioning")) return false;
  if (memory === "whole") return true;
  throw new JigsawError(
    "bad-option",
    "--self-conditioning is trained with the model in one graph only, not layer by layer or with an adapter",
    "Use --memory whole and no --lora-rank, or leave --self-conditioning out.",
  );
}

/** The configuration of a model that is trained from random weights. */
export function newConfig(settings: TrainSettings): Qwen3Config {
  const { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, ropeTheta, objective } = settings;
  if (heads % kvHeads) {
    throw new JigsawError(
      "bad-option",
      `${heads} query heads cannot share ${kvHeads} key and value heads evenly`,
      "Choose --kv-heads so that it divides --heads.",
    );
  }
  return {
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize,
    vocabSize: VOCABULARY,
    ropeTheta,
    rmsNormEps: 1e-6,
    tieWordEmbeddings: true,
    maxPositions: 8192,
    initializerRange: 0.02,
    jigsaw: {
      objectives: [...objectives[objective].trains(objectiveOptions(settings))],
      pattern: patternFor(settings),
      positions: "grid",
      maskToken: TOKEN.mask,
      shift: settings.shift || objective === "joint",
      blockSize: settings.blockSize ?? null,
    },
  };
}

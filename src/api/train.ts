// jigsaw-lm/train: training, its objectives and its data.

// Training

export { newConfig } from "../train/config.ts";
export {
  type Trained,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingStart,
  train,
} from "../train/train.ts";

// Training step by step

export type { Hyperparameters } from "../train/hyperparameters.ts";
export { openRunTrainer, type TrainingRun, type TrainingStep, trainSteps } from "../train/steps.ts";
export type { LearningRates, StepResult, Trainer } from "../train/trainer.ts";

// Objectives, and how to write one

export { type Random, random } from "../core/random.ts";
export {
  defineObjective,
  type Example,
  type Objective,
  type ObjectiveName,
  type ObjectiveOptions,
  objectiveOptions,
  objectives,
  type Preparation,
} from "../objectives/index.ts";
export { type Capability, capabilities } from "../objectives/objective.ts";

// Sequences: tokens, and which of them see each other

export {
  type AttentionPattern,
  type PatternName,
  patternOf,
  patterns,
  type Span,
} from "../sequence/attention-patterns.ts";
export { blockEnds, layOut, type PromptLayout, promptSpan } from "../sequence/layout.ts";
export {
  answerGrid,
  answerTokens,
  type GridPosition,
  gridTokens,
  promptTokens,
  readGrid,
  sizeSlot,
  TOKEN,
  type Token,
  VOCABULARY,
} from "../sequence/tokens.ts";

// Data

export { augmentedDataset, type Dataset, puzzleDataset, taskDataset } from "../train/dataset.ts";

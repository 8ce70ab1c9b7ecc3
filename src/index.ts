// The public names of jigsaw-lm.
export {
  type Augmentation,
  applyToGrid,
  applyToTask,
  identityAugmentation,
  invert,
  invertGrid,
  randomAugmentation,
} from "./arc/augment.ts";
export { checkGrid, checkTask } from "./arc/check.ts";
export type { Grid } from "./arc/grid.ts";
export { cellAccuracy, exact, scoreAttempts } from "./arc/score.ts";
export type { Pair, Task, Test } from "./arc/task.ts";
export { readCheckpoint, writeCheckpoint } from "./checkpoint/node/checkpoint.ts";
export { readAdapter, writeAdapter } from "./checkpoint/node/peft.ts";
export { readPuzzleCheckpoint } from "./checkpoint/node/puzzle-checkpoint.ts";
export { openTokenizer, type Tokenizer } from "./checkpoint/node/tokenizer.ts";
export { type ErrorCode, JigsawError } from "./core/errors.ts";
export { readTasks } from "./datasets/index.ts";
export type { Candidate } from "./decode/canvas.ts";
export { decoders } from "./decode/decoders/index.ts";
export { type DecoderSpec, parseDecoder, parseDecoders } from "./decode/decoders/spec.ts";
export type { DecodeOptions, Decoder, Decoding } from "./decode/define.ts";
export { type Frame, OPEN, type Template } from "./decode/frames.ts";
export { infill } from "./decode/infill.ts";
export { inspect } from "./decode/inspect.ts";
export type { Prompt } from "./decode/prompt.ts";
export { promptOf } from "./decode/puzzle-prompt.ts";
export { countRetractions, type Retractions } from "./decode/retractions.ts";
export { readTraces, type Trace, writeTrace } from "./decode/trace.ts";
export { DEVICES, type Device, type Engine } from "./engine/engine.ts";
export { type Ledger, newLedger } from "./engine/ledger.ts";
export { type EngineOptions, openEngine } from "./engine/node/open.ts";
export { compareRuns } from "./evaluate/compare-runs.ts";
export type { Contestant } from "./evaluate/decode-once.ts";
export { type DecoderSummary, summarizeDecoders } from "./evaluate/decoder-summary.ts";
export { type EvaluationSummary, scoresOf, summarizeEvaluation } from "./evaluate/evaluation-summary.ts";
export { readRun } from "./evaluate/node/run-folder.ts";
export { judgeTask, type Outcome } from "./evaluate/outcome.ts";
export { freshPuzzles, knownPuzzles, type Puzzle } from "./evaluate/puzzle-sets.ts";
export { runArena } from "./evaluate/run-arena.ts";
export { type Executor, runTasks } from "./evaluate/run-jobs.ts";
export { bootstrapMedian, mcnemar, wilson } from "./evaluate/statistics.ts";
export { submissionOf } from "./evaluate/submission.ts";
export { type PulledModel, pullModel } from "./hub/pull-model.ts";
export { type LoadedModel, type LoadOptions, loadModel } from "./load.ts";
export type { Qwen3Config } from "./model/config.ts";
export { type Adapter, type LoraConfig, loraShapes } from "./model/lora.ts";
export { mergeLora } from "./model/merge.ts";
export { type Model, openModel } from "./model/model.ts";
export { type Checkpoint, collect, type StateDict } from "./model/state-dict.ts";
export {
  defineObjective,
  type Example,
  type Objective,
  objectiveOptions,
  objectives,
  type Preparation,
} from "./objectives/index.ts";
export {
  type Family,
  families,
  generatePuzzle,
  heldOutFamilies,
  type Level,
  trainedFamilies,
} from "./puzzles/index.ts";
export { plot } from "./report/plot.ts";
export { type AttentionPattern, patterns } from "./sequence/attention-patterns.ts";
export type { SolverOptions } from "./solve/options.ts";
export type { ScoredCandidate, TaskSolution, TestSolution } from "./solve/solution.ts";
export {
  type DecoderWithOptions,
  type SolveEvent,
  type Solving,
  solveTest,
  type ViewFrame,
} from "./solve/solve.ts";
export {
  type OpenSolver,
  openSolver,
  type SolveSettings,
  solve,
  type TrainableModel,
} from "./solve/solver.ts";
export { newConfig } from "./train/config.ts";
export { augmentedDataset, type Dataset, puzzleDataset, taskDataset } from "./train/dataset.ts";
export { type TrainingRun, type TrainingStep, trainSteps } from "./train/steps.ts";
export {
  type Trained,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingStart,
  train,
} from "./train/train.ts";

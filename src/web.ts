// The public names of jigsaw-lm/web: what a page needs to open a bundle and solve puzzles, without Node.
export { checkGrid, checkTask } from "./arc/check.ts";
export type { Grid } from "./arc/grid.ts";
export { cellAccuracy, exact, scoreAttempts } from "./arc/score.ts";
export type { Pair, Task, Test } from "./arc/task.ts";
export {
  type BundleOptions,
  type Fetch,
  type Manifest,
  openBundle,
  parseManifest,
} from "./checkpoint/bundle.ts";
export { type ErrorCode, JigsawError } from "./core/errors.ts";
export type { Candidate } from "./decode/canvas.ts";
export { type DecoderName, decoders } from "./decode/decoders/index.ts";
export type { DecodeOptions, Decoder, Decoding } from "./decode/define.ts";
export { type Frame, OPEN, type Template } from "./decode/frames.ts";
export { infill } from "./decode/infill.ts";
export { inspect } from "./decode/inspect.ts";
export type { Prompt } from "./decode/prompt.ts";
export { promptOf } from "./decode/puzzle-prompt.ts";
export type { Engine } from "./engine/engine.ts";
export { type Ledger, newLedger } from "./engine/ledger.ts";
export { type Ort, openWebEngine, type WebEngineOptions } from "./engine/web.ts";
export type { Qwen3Config } from "./model/config.ts";
export type { Model } from "./model/model.ts";
export {
  type Family,
  families,
  generatePuzzle,
  heldOutFamilies,
  type Level,
  trainedFamilies,
} from "./puzzles/index.ts";
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

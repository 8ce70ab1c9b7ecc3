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
export {
  type Candidate,
  type DecodeOptions,
  type Decoder,
  type Prompt,
  promptOf,
} from "./decode/decoder.ts";
export { type DecoderName, decoders } from "./decode/decoders/index.ts";
export { type Frame, OPEN } from "./decode/frames.ts";
export { infill, type Template } from "./decode/infill.ts";
export { inspect } from "./decode/inspect.ts";
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
export { type Decoding, type SolveEvent, solveTest, type ViewFrame } from "./solve/solve.ts";
export {
  type OpenSolver,
  openSolver,
  type SolveSettings,
  solve,
  type TrainableModel,
} from "./solve/solver.ts";

// jigsaw-lm: what most programs need. All else is in the sub-paths, src/api/.

// Solving

export type { Grid } from "./arc/grid.ts";
export type { Task } from "./arc/task.ts";
export { type ErrorCode, JigsawError } from "./core/errors.ts";
export { readTasks } from "./datasets/index.ts";
export { type LoadedModel, type LoadOptions, loadModel } from "./load.ts";
export type { TaskSolution } from "./solve/solution.ts";
export type { SolveEvent, Solving } from "./solve/solve.ts";
export { type SolveSettings, solve } from "./solve/solver.ts";

// Decoding

export type { Candidate } from "./decode/canvas.ts";
export { decoders } from "./decode/decoders/index.ts";
export { type Decoder, type Decoding, defineDecoder } from "./decode/define.ts";
export type { Frame } from "./decode/frames.ts";
export type { Prompt } from "./decode/prompt.ts";
export { promptOf } from "./decode/puzzle-prompt.ts";

// Training

export { defineObjective, type Objective, objectives } from "./objectives/index.ts";
export { train } from "./train/train.ts";

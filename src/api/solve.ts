// jigsaw-lm/solve: whole tasks, from test-time training to two attempts.

// Solving a task, or many with one solver

export type { SolverOptions } from "../solve/options.ts";
export {
  type DecoderWithOptions,
  type SolveEvent,
  type Solver,
  type Solving,
  solveTask,
  solveTest,
  type ViewFrame,
} from "../solve/solve.ts";
export {
  type OpenSolver,
  openSolver,
  type SolveSettings,
  solve,
  type TrainableModel,
} from "../solve/solver.ts";

// What comes out

export type { ScoredCandidate, TaskSolution, TestSolution, TrainingCost } from "../solve/solution.ts";

// Views of a puzzle, and likelihoods of candidates

export { boundedLikelihoods, exactLikelihoods, type Likelihood } from "../solve/likelihood.ts";
export { type View, viewsOf } from "../solve/views.ts";

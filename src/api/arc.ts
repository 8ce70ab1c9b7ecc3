// jigsaw-lm/arc: grids and tasks, their files, procedural puzzles, augmentations and scores.

// Grids, tasks and errors

export { checkGrid, checkTask } from "../arc/check.ts";
export { COLOURS, type Grid, height, MAX_SIDE, width } from "../arc/grid.ts";
export type { Pair, Task, Test } from "../arc/task.ts";
export { type ErrorCode, JigsawError } from "../core/errors.ts";

// Files of tasks

export { readTasks } from "../datasets/index.ts";

// Procedural puzzles

export { type Random, random } from "../core/random.ts";
export {
  type Family,
  families,
  generatePuzzle,
  heldOutFamilies,
  type Level,
  trainedFamilies,
} from "../puzzles/index.ts";

// Augmentations

export {
  type Augmentation,
  applyToGrid,
  applyToTask,
  identityAugmentation,
  invert,
  invertGrid,
  randomAugmentation,
} from "../arc/augment.ts";

// Scores, and sizes by rule

export { cellAccuracy, exact, scoreAttempts } from "../arc/score.ts";
export { type Size, sizeByRule } from "../arc/size-rules.ts";

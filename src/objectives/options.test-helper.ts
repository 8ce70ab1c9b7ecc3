import type { ObjectiveOptions } from "./objective.ts";

/** The typewriter's objectives at their plainest. */
export const causalOptions: ObjectiveOptions = {
  pattern: "causal",
  weighting: "uniform",
  fullMask: 0,
  sizeWeight: 1,
  copies: 1,
  shift: false,
  blockSize: null,
  wrongCells: 0,
};

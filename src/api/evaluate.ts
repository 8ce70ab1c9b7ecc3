// jigsaw-lm/evaluate: decoders and whole runs, counted and compared.

// Runs over data sets

export { compareRuns } from "../evaluate/compare-runs.ts";
export { type EvaluationSummary, scoresOf, summarizeEvaluation } from "../evaluate/evaluation-summary.ts";
export { readRun } from "../evaluate/node/run-folder.ts";
export { judgeTask, type Outcome } from "../evaluate/outcome.ts";
export { type Executor, runTasks } from "../evaluate/run-jobs.ts";
export { submissionOf } from "../evaluate/submission.ts";

// Decoders against each other

export type { Contestant } from "../evaluate/decode-once.ts";
export { type DecoderSummary, summarizeDecoders } from "../evaluate/decoder-summary.ts";
export { freshPuzzles, knownPuzzles, type Puzzle } from "../evaluate/puzzle-sets.ts";
export { runArena } from "../evaluate/run-arena.ts";
export { plot } from "../report/plot.ts";

// Statistics

export { bootstrapMedian, mcnemar, wilson } from "../evaluate/statistics.ts";

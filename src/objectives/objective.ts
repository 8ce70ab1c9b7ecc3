import type { Task } from "../arc/task.ts";
import type { Random } from "../core/random.ts";
import type { PatternName, Span } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";
import type { Capability } from "./capabilities.ts";

/** One training sequence: its tokens, how they hang together, and what each is to predict. */
export interface Example {
  readonly tokens: readonly Token[];
  /** The spans that the tokens form, in order: a prompt, then answers that see it (see qwen3/patterns.ts). */
  readonly spans: readonly Span[];
  /** The id to predict at each token; -1 for none. */
  readonly labels: readonly number[];
  /** The weight of each prediction in the loss. */
  readonly weights: readonly number[];
}

export interface ObjectiveOptions {
  readonly pattern: PatternName;
  /** Masked diffusion's weight of a cell when k of N are masked: 1, or N / k (the bound on the likelihood). */
  readonly weighting: "uniform" | "elbo";
  /** The share of masked diffusion's copies that are masked whole; the others get a uniform number of masks. */
  readonly fullMask: number;
  /** Masked diffusion's weight of a height or width, where a cell's is 1. */
  readonly sizeWeight: number;
  /** Masked diffusion's copies of each answer, masked differently. */
  readonly copies: number;
  /** Whether what stands at a token is predicted at the token before it. */
  readonly shift: boolean;
  /** The share of masked diffusion's copies that have wrong visible cells, every cell to be told. */
  readonly wrongCells: number;
  /** The share of batches in which masked cells are learnt given a first guess of them. */
  readonly selfConditioning?: number;
  /** The share of masked diffusion's copies that are masked block by block; under the pattern `blocks` all are. */
  readonly blocks?: number;
  /** Tokens in a block; null: a row. */
  readonly blockSize: number | null;
  /** The share of cells before which backspace's answer errs, where noise is 1. */
  readonly backspaceRate?: number;
  /** Whether backspace's later tokens see what was taken back. */
  readonly backspaceMode?: "kept" | "dropped";
}

/** What a model learns from a task. Pure: the same task, random stream and options give the same example. */
export interface Objective {
  readonly name: string;
  /** The attention patterns that it can be trained under; the first by default. */
  readonly patterns: readonly PatternName[];
  /** What a checkpoint can do that has learnt this. */
  trains(options: ObjectiveOptions): readonly Capability[];
  /**
   * @param task a task with demonstrations and one test input whose output is known
   * @param noise in [0, 1), spread evenly over a batch: how much to mask, for objectives that mask
   */
  example(task: Task, noise: number, random: Random, options: ObjectiveOptions): Example;
}

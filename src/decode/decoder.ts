// The one signature of every decoder: model + prompt + options + signal in, frames out, candidates at the end.
import type * as z from "zod";
import type { Grid } from "../arc/grid.ts";
import { type Size, sizeByRule } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import type { Capability } from "../objectives/index.ts";
import type { PatternName } from "../sequence/attention-patterns.ts";
import { layOut } from "../sequence/layout.ts";
import { readGrid, TOKEN, type Token } from "../sequence/tokens.ts";
import type { Frame } from "./frames.ts";

/** A canvas to go on from. */
export interface StartCanvas {
  readonly rows: number;
  readonly columns: number;
  /** The colour of each cell, row by row; the mask token where it is open. */
  readonly cells: readonly number[];
  /** Filled cells that are never changed or taken back. */
  readonly locked: readonly number[];
}

/** A puzzle as a decoder sees it. */
export interface Prompt {
  readonly tokens: readonly Token[];
  /** The number of the grid that is to be answered. */
  readonly grid: number;
  /** The answer's size, where a rule read off the demonstrations tells it. */
  readonly size?: Size | undefined;
  /** What is filled already, by someone else; its size is the answer's. Only decoders that go on take one. */
  readonly canvas?: StartCanvas | undefined;
}

export interface Candidate {
  readonly grid: Grid;
  /** Natural logarithm of the probability with which the decoder chose it, sizes included. */
  readonly logProbability: number;
  /** The same grid with the least certain choice changed to its runner-up. */
  readonly runnerUp: Grid;
  /** How often the decoder saw it, where it counts that. */
  readonly visits?: number;
}

/** What every decoder can keep: `prompt` computes it once; `none` computes all of it in every pass (the original's way). */
export const PROMPT_CACHES = ["prompt", "none"] as const;
export type Cache = (typeof PROMPT_CACHES)[number];

/** Of some decoders: `blocks` computes finished blocks of the answer once, too. */
export const CACHES = [...PROMPT_CACHES, "blocks"] as const;

/** Who decides the answer's size: the model, or a rule that explains all demonstrations, and else the model. */
export const SIZES = ["rules", "model"] as const;
export type SizeSource = (typeof SIZES)[number];

/** What a decoder is asked to do; what is left out takes the default of its schema, what it does not know is ignored. */
export type DecodeOptions = Readonly<Record<string, unknown>>;

export interface Decoder {
  readonly name: string;
  readonly family: "typewriter" | "jigsaw";
  /** What a checkpoint must have been trained for. */
  readonly objective: Capability;
  /** What it must have been trained for besides. */
  readonly needs?: readonly Capability[];
  readonly about: string;
  /** The shipped model that it runs by default. */
  readonly model: string;
  /** Its options, with defaults and descriptions. */
  readonly options: z.ZodObject;
  /** Whether it can go on from a canvas that is partly filled; others refuse one. */
  readonly goesOn?: true;
  /** @throws JigsawError "bad-option" for options that do not fit its schema */
  decode(
    model: Model,
    prompt: Prompt,
    options: DecodeOptions,
    ledger: Ledger,
    signal?: AbortSignal,
  ): AsyncGenerator<Frame, Candidate[]>;
}

/** The longest prompt and answer that are tried, in tokens. */
export const MAX_TOKENS = 4096;

/** @param pattern the attention pattern of the model that is to read it */
export function promptOf(
  task: Task,
  test: number,
  size: SizeSource = "model",
  pattern: PatternName = "causal",
): Prompt {
  const { tokens, grid } = layOut(task, test, pattern);
  if (tokens.length > MAX_TOKENS) {
    throw new JigsawError(
      "too-long",
      `task ${task.id}: the prompt of test input ${test} has ${tokens.length} tokens, more than ${MAX_TOKENS}`,
      "Leave out demonstrations, or crop the grids.",
    );
  }
  return {
    tokens,
    grid,
    ...(size === "rules" && { size: sizeByRule(task, test) }),
  };
}

/** The grid that is asked about. */
export const testInputOf = ({ tokens }: Pick<Prompt, "tokens">): Grid =>
  readGrid(tokens.slice(tokens.findLastIndex(({ id }) => id === TOKEN.input) + 1).map(({ id }) => id));

/** Refuses a checkpoint that was not trained for what a decoder needs. */
export function checkObjective(decoder: Decoder, { config }: Model): void {
  const trained = config.jigsaw.objectives;
  const needed = [decoder.objective, ...(decoder.needs ?? [])];
  if (needed.every((capability) => trained.includes(capability))) return;
  throw new JigsawError(
    "unsupported",
    `decoder "${decoder.name}" needs a checkpoint trained for ${needed.join(" and ")}; this one was trained for ${trained.join(", ")}`,
    `Try --model ${decoder.model}, or another --decoder.`,
  );
}

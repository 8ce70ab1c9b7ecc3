// What an objective is: from a task, one training sequence with what each of its tokens is to predict.
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { checkOptions, type Values } from "../core/options.ts";
import type { Random } from "../core/random.ts";
import type { JigsawConfig, Qwen3Config } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import type { PatternName, Span } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";

/** Capabilities of a checkpoint, by the objective that trained it: config.json stores the names, and decoders require them. */
export const capabilities = {
  autoregressive: "the next token, left to right",
  "masked-diffusion": "masked cells, in any order",
  "wrong-cells": "what belongs where a visible cell is wrong",
  "block-diffusion": "masked cells of a block, after finished blocks",
  "self-conditioning": "masked cells, given an earlier guess of them",
  backspace: "the next token, or taking back the last one",
  "edit-operations": "operations that turn a draft into the answer",
} as const satisfies Record<string, string>;

export type Capability = keyof typeof capabilities;

/** One training sequence: its tokens, how they hang together, and what each is to predict. */
export interface Example {
  readonly tokens: readonly Token[];
  /** The spans that the tokens form, in order: a prompt, then answers that see it (see sequence/attention-patterns.ts). */
  readonly spans: readonly Span[];
  /** The id to predict at each token; -1 for none. */
  readonly labels: readonly number[];
  /**
   * The weight of each prediction's cross-entropy. A negative one makes its label less likely. The loss is the weighted
   * sum over a step's examples, divided by the sum of the weights' absolute values.
   */
  readonly weights: readonly number[];
  /**
   * Row-major [tokens, vocabSize]: what is added to each token's embedding, as shares of the embedding's rows. Fed only
   * where the objective trains the capability "self-conditioning".
   */
  readonly softEmbeddings?: Float32Array;
}

/** What `prepare` works with: a micro-batch, and the weights as they are before the step. */
export interface Preparation<Options> {
  readonly tasks: readonly Task[];
  /** The example of each task, as `example` made it. */
  readonly examples: readonly Example[];
  readonly options: Options;
  readonly config: Qwen3Config;
  /** Random numbers of this micro-batch, for a purpose that is named. */
  random(purpose: string): Random;
  /** A forward pass without gradient: logits of each example, row-major [tokens, vocabSize]. */
  logits(examples: readonly Example[]): Promise<Float32Array[]>;
  /** A model of the current weights, to decode with. It is closed once the step's examples are made. */
  model(): Promise<Model>;
  readonly signal?: AbortSignal | undefined;
}

/** An objective's options with all defaults filled in. */
export type OptionsOf<Schema extends z.ZodObject> = z.infer<Schema> & { readonly pattern: PatternName };
export type ObjectiveOptions = OptionsOf<z.ZodObject>;

/** What a model learns from a task. */
export interface Objective<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** What is learnt, in a few words. */
  readonly about: string;
  /** The attention patterns that it can be trained under; the first by default. */
  readonly patterns: readonly PatternName[];
  /** Its options with defaults and descriptions, `pattern` among them. */
  readonly options: Schema;
  /** What a checkpoint can do that has learnt it: names that decoders ask for. */
  capabilities(options: OptionsOf<Schema>): readonly string[];
  /** How its checkpoints are decoded: with the logit shift (default: no), in blocks of so many tokens (default: null, a row). */
  decoding?(options: OptionsOf<Schema>): Partial<Pick<JigsawConfig, "shift" | "blockSize">>;
  /** The options with which a checkpoint learns one task more, for decoders that need certain capabilities. */
  testTime?(checkpoint: JigsawConfig, needs: readonly string[]): Partial<z.input<Schema>>;
  /**
   * One training sequence. Pure: the same task, random numbers and options give the same example.
   * @param task a task with demonstrations and one test input whose output is known
   * @param noise in [0, 1), spread evenly over a batch: how much to mask, for objectives that mask
   */
  example(task: Task, noise: number, random: Random, options: OptionsOf<Schema>): Example;
  /**
   * Asks the current weights for passes or samples, and makes the examples of a micro-batch after them: exactly as many
   * as it is given.
   */
  prepare?(preparation: Preparation<OptionsOf<Schema>>): Promise<readonly Example[]>;
}

/** The options that an objective's file writes, and the attention pattern. */
type WithPattern<Shape extends z.ZodRawShape> = z.ZodObject<
  Shape & { readonly pattern: z.ZodDefault<z.ZodEnum<{ [Name in PatternName]: Name }>> }
>;

/** An objective as its file writes it: `options` without the attention pattern. */
type Definition<Shape extends z.ZodRawShape> = Omit<Objective<WithPattern<Shape>>, "options" | "patterns"> & {
  readonly patterns: readonly [PatternName, ...PatternName[]];
  readonly options: z.ZodObject<Shape>;
};

/**
 * Defines an objective, for the package or outside it. Its options get the attention pattern, one of `patterns`.
 * @example
 * const firstRow = defineObjective({
 *   name: "first-row",
 *   about: "the cells of the first row",
 *   patterns: ["causal"],
 *   options: z.object({ weight: z.number().default(1).describe("weight of a cell") }),
 *   capabilities: () => ["autoregressive"],
 *   example(task, noise, random, { weight }) { ... },
 * });
 */
export function defineObjective<Shape extends z.ZodRawShape>(
  definition: Definition<Shape>,
): Objective<WithPattern<Shape>> {
  const { patterns, options } = definition;
  const pattern = z.enum(patterns).default(patterns[0]).describe("attention pattern");
  return { ...definition, options: options.extend({ pattern }) as unknown as WithPattern<Shape> };
}

/**
 * An objective's options: those that are given, and the defaults of the others.
 * @throws JigsawError "bad-option" for values that do not fit
 */
export const objectiveOptions = <Schema extends z.ZodObject>(
  { options }: Objective<Schema>,
  given: Values,
): OptionsOf<Schema> => checkOptions(options, given) as OptionsOf<Schema>;

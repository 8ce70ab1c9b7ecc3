// The configuration of a model in training: its shape, and what it learns.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import type { Qwen3Config } from "../model/config.ts";
import type { Objective, ObjectiveOptions } from "../objectives/index.ts";
import { TOKEN, VOCABULARY } from "../sequence/tokens.ts";

const count = z.int().positive();

export const modelShape = z.object({
  hiddenSize: count.default(128).describe("width of the residual stream"),
  layers: count.default(6).describe("number of layers"),
  heads: count.default(4).describe("query heads"),
  kvHeads: count.default(2).describe("key and value heads; divides the query heads"),
  headDim: count.multipleOf(2).default(32).describe("dimensions of a head"),
  intermediateSize: count.default(384).describe("width of the feed-forward layers"),
  ropeTheta: z.number().positive().default(30).describe("base of the rotary frequencies"),
});

/**
 * A model of the given shape, with grid positions, that has learnt nothing yet.
 * @throws JigsawError "bad-option" where key and value heads do not divide the query heads
 */
export function newConfig(given: z.input<typeof modelShape> = {}): Qwen3Config {
  const shape = modelShape.parse(given);
  const { heads, kvHeads } = shape;
  if (heads % kvHeads) {
    throw new JigsawError(
      "bad-option",
      `${heads} query heads cannot share ${kvHeads} key and value heads evenly`,
      "Choose --kv-heads so that it divides --heads.",
    );
  }
  return {
    ...shape,
    vocabSize: VOCABULARY,
    rmsNormEps: 1e-6,
    tieWordEmbeddings: true,
    maxPositions: 8192,
    initializerRange: 0.02,
    jigsaw: {
      objectives: [],
      pattern: "causal",
      positions: "grid",
      maskToken: TOKEN.mask,
      shift: false,
      blockSize: null,
    },
  };
}

/** What is learnt: an objective, and its options with all defaults filled in. */
export interface Learning {
  readonly objective: Objective;
  readonly options: ObjectiveOptions;
}

/** A model's configuration once it has learnt an objective: its capabilities are replaced by the objective's. */
export const trainedConfig = (config: Qwen3Config, { objective, options }: Learning): Qwen3Config => ({
  ...config,
  jigsaw: {
    objectives: objective.capabilities(options),
    pattern: options.pattern,
    positions: config.jigsaw.positions,
    maskToken: TOKEN.mask,
    shift: false,
    blockSize: null,
    ...objective.decoding?.(options),
  },
});

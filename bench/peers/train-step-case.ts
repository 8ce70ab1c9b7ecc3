// The shapes and the batch on which training steps are compared.

import { random } from "../../src/core/random.ts";
import type { Qwen3Config } from "../../src/model/config.ts";
import type { Example } from "../../src/objectives/index.ts";
import { patterns } from "../../src/sequence/attention-patterns.ts";
import type { UpdateOptions } from "../../src/train/graphs.ts";
import { defaultOptimizerSettings } from "../../src/train/optimizers.ts";

export interface Shape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly batch: number;
  readonly tokens: number;
}

export const SHAPES = {
  /** The shipped models'. */
  shipped: {
    hiddenSize: 128,
    layers: 6,
    heads: 4,
    kvHeads: 2,
    headDim: 32,
    intermediateSize: 384,
    batch: 16,
    tokens: 320,
  },
  larger: {
    hiddenSize: 256,
    layers: 6,
    heads: 8,
    kvHeads: 4,
    headDim: 32,
    intermediateSize: 768,
    batch: 8,
    tokens: 512,
  },
} as const satisfies Record<string, Shape>;

const VOCABULARY = 64;
export const PATTERN = patterns["grid-prompt"];
export const RATES = { learningRate: 3e-3, muonLearningRate: 0.02 };
export const OPTIONS: UpdateOptions = {
  optimizer: "adamw",
  settings: defaultOptimizerSettings,
  maxGradNorm: 1,
  ema: 0,
};

export const configOf = ({ batch: _, tokens: __, ...shape }: Shape): Qwen3Config => ({
  ...shape,
  vocabSize: VOCABULARY,
  ropeTheta: 30,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 4096,
  initializerRange: 0.02,
  jigsaw: {
    objectives: ["masked-diffusion"],
    pattern: "grid-prompt",
    positions: "grid",
    maskToken: 16,
    shift: false,
    blockSize: null,
  },
});

/** Tokens of one grid of the prompt, and how many of its answers hang on it. */
const GRID_TOKENS = 27;
const ANSWERS = 3;

/** Random tokens in the shape of masked diffusion: a prompt of grids, and answers that hang on it, half masked. */
export function exampleBatch({ batch, tokens }: Shape): Example[] {
  return Array.from({ length: batch }, (_, b) => {
    const draw = random("bench", b);
    const answer = Math.floor(tokens / 10);
    const prompt = tokens - ANSWERS * answer;
    const ends = Array.from({ length: prompt }, (_, i) =>
      Math.min(prompt, (Math.floor(i / GRID_TOKENS) + 1) * GRID_TOKENS),
    );
    const labels = Array.from({ length: tokens }, (_, i) =>
      i >= prompt && draw.chance(0.5) ? draw.int(0, 9) : -1,
    );
    return {
      tokens: labels.map((_, i) => {
        const [row, column, below, right] = [0, 0, 0, 0].map(() => draw.int(0, 29)) as [
          number,
          number,
          number,
          number,
        ];
        const grid = 1 + Math.floor(i / GRID_TOKENS);
        return { id: draw.int(0, VOCABULARY - 1), place: { grid, row, column, below, right } };
      }),
      spans: [
        { length: prompt, ends },
        ...Array.from({ length: ANSWERS }, (_, i) => ({
          length: answer,
          from: Math.floor((prompt * (i + 1)) / ANSWERS),
        })),
      ],
      labels,
      weights: labels.map((label) => +(label >= 0)),
    };
  });
}

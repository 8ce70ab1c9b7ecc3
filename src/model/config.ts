// The configuration of a Qwen3: its shape, and how its weights were trained and are to be run.
import type { PatternName } from "../sequence/attention-patterns.ts";

/** "sequence": rotary over the position in the text. "grid": rotary over (grid, row, column), learned rows and columns added. */
export const POSITIONS = ["sequence", "grid"] as const;
export type Positions = (typeof POSITIONS)[number];

/** How the weights were trained and are to be run: the fields that Qwen3's own configuration lacks. */
export interface JigsawConfig {
  /** Names of the objectives that the weights were trained for, such as "masked-diffusion". */
  readonly objectives: readonly string[];
  /** The attention pattern that they were trained under. */
  readonly pattern: PatternName;
  readonly positions: Positions;
  /** The token that stands for a cell not yet known; null: the vocabulary has none. */
  readonly maskToken: number | null;
  /** Whether a token is predicted at the position before it, as in autoregressive models (the logit shift). */
  readonly shift: boolean;
  /** Tokens in a block, under the pattern `blocks`; null: the rows of the answer. */
  readonly blockSize: number | null;
}

/** The values of a Qwen3 whose `config.json` lacks these fields. */
export const PLAIN_QWEN3: JigsawConfig = {
  objectives: ["autoregressive"],
  pattern: "causal",
  positions: "sequence",
  maskToken: null,
  shift: false,
  blockSize: null,
};

export interface Qwen3Config {
  readonly hiddenSize: number;
  readonly layers: number;
  /** Query heads; a multiple of `kvHeads`. */
  readonly heads: number;
  readonly kvHeads: number;
  /** Even, and not always hiddenSize / heads. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  readonly tieWordEmbeddings: boolean;
  readonly maxPositions: number;
  /** Standard deviation of fresh weights. */
  readonly initializerRange: number;
  /** `PLAIN_QWEN3` where a `config.json` lacks it. */
  readonly jigsaw: JigsawConfig;
}

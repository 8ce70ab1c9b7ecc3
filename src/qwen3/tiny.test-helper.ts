// Small models with random weights, and what they are fed.
import { makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { canvasTokens, TOKEN, type Token, VOCABULARY } from "../arc/tokens.ts";
import { type Random, random } from "../random.ts";
import type { JigsawConfig, Qwen3Config } from "./config.ts";

export type Changes = Partial<Omit<Qwen3Config, "jigsaw">> & Partial<JigsawConfig>;

/** Weights are drawn wide, so that distributions are far from flat and a wrong key shows. */
export function tinyConfig({ objectives, pattern, positions, ...changes }: Changes = {}): Qwen3Config {
  return {
    hiddenSize: 24,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    intermediateSize: 32,
    vocabSize: VOCABULARY,
    ropeTheta: 30,
    rmsNormEps: 1e-6,
    tieWordEmbeddings: true,
    maxPositions: 4096,
    initializerRange: 0.4,
    ...changes,
    jigsaw: {
      objectives: objectives ?? ["masked-diffusion"],
      pattern: pattern ?? "grid-prompt",
      positions: positions ?? "grid",
      maskToken: TOKEN.mask,
    },
  };
}

const randomGrid = ({ int }: Random, side: number) => makeGrid(int(1, side), int(1, side), () => int(0, 9));

/** A task of random grids, at most `side` cells a side. */
export function randomTask(key: string | number, pairs = 2, side = 4): Task {
  const draw = random("random task", key);
  const pair = () => ({ input: randomGrid(draw, side), output: randomGrid(draw, side) });
  return { id: `random-${key}`, train: Array.from({ length: pairs }, pair), test: [pair()] };
}

/** A canvas of which about half is masked. */
export function noisyCanvas(key: string | number, rows: number, columns: number, grid: number): Token[] {
  const { chance, int } = random("noisy canvas", key);
  return canvasTokens(rows, columns, grid, () => (chance(0.5) ? TOKEN.mask : int(0, 9)));
}

/** The natural logarithms of the probabilities of row-major logits [rows, vocabulary]. */
export function logProbabilities(logits: Float32Array, vocabulary: number): Float64Array {
  const result = Float64Array.from(logits);
  for (let start = 0; start < result.length; start += vocabulary) {
    const row = result.subarray(start, start + vocabulary);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) + top;
    for (let i = 0; i < vocabulary; i++) row[i]! -= total;
  }
  return result;
}

/** The largest difference between two tables of log-probabilities; NaN where there is one. */
export function gap(a: Float32Array, b: Float32Array, vocabulary = VOCABULARY): number {
  if (a.length !== b.length || a.length === 0) return Number.NaN;
  const [p, q] = [logProbabilities(a, vocabulary), logProbabilities(b, vocabulary)];
  return p.reduce((top, x, i) => {
    const distance = Math.abs(x - q[i]!);
    return Number.isNaN(distance) ? distance : Math.max(top, distance);
  }, 0);
}

// Small models with random weights, and what they are fed.
import { makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { type Random, random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import {
  type PatternName,
  patterns,
  type Span,
  visibleKeys,
  writeMask,
} from "../sequence/attention-patterns.ts";
import { canvasTokens, gridEnds, TOKEN, type Token, VOCABULARY } from "../sequence/tokens.ts";
import type { JigsawConfig, Qwen3Config } from "./config.ts";
import type { PassOutputs } from "./graphs.ts";
import { initialWeights } from "./initialize.ts";
import { type Model, type ModelOptions, openModel, type Pass } from "./model.ts";

export type Changes = Partial<Omit<Qwen3Config, "jigsaw">> & Partial<JigsawConfig>;

/** Weights are drawn wide, so that distributions are far from flat and a wrong key shows. */
export function tinyConfig({
  objectives,
  pattern,
  positions,
  shift = false,
  blockSize = null,
  ...changes
}: Changes = {}): Qwen3Config {
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
      shift,
      blockSize,
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

/** The mask of a prompt and an answer at its end. */
export function maskOf(pattern: PatternName, prompt: readonly Token[], answer = 0): Uint8Array {
  const total = prompt.length + answer;
  const mask = new Uint8Array(total * total);
  const spans: Span[] = [{ length: prompt.length, ends: gridEnds(prompt) }];
  if (answer) spans.push({ length: answer, promptLength: prompt.length });
  writeMask(visibleKeys(spans, patterns[pattern]), mask, total);
  return mask;
}

/** Rows of a mask [total, total] from one token to before another, and its columns up to there. */
export function cut(mask: Uint8Array, total: number, rows: readonly [number, number], from = 0): Uint8Array {
  const [start, end] = rows;
  return Uint8Array.from({ length: (end - start) * (end - from) }, (_, i) => {
    const [row, column] = [Math.floor(i / (end - from)), i % (end - from)];
    return mask[(start + row) * total + from + column]!;
  });
}

/** The logits of the last tokens. */
export const tail = (logits: Float32Array, tokens: number) => logits.subarray(logits.length - tokens * 64);

/** Where log-probabilities count as the same. */
export const SAME = 1e-4;

/** What a pass is wanted for. */
export const LOGITS = { logits: true, cache: false };
export const CACHE = { logits: false, cache: true };
export const BOTH = { logits: true, cache: true };

export type Run = (pass: Pass, want?: PassOutputs) => ReturnType<Model["run"]>;

/** Opens a model of random weights for the time of `work`; `run` gives logits unless asked for more. */
export async function withTiny(
  engine: Engine,
  config: Qwen3Config,
  work: (model: Model, run: Run) => Promise<void>,
  options: ModelOptions = {},
): Promise<void> {
  const model = openModel(engine, config, initialWeights(config, 1), options);
  try {
    await work(model, (pass, want = LOGITS) => model.run(pass, want, newLedger(), "decode"));
  } finally {
    await model.close();
  }
}

// Decoders on tiny models, and what it means that two decodings are the same.
import { expect } from "vitest";
import type { Task } from "../arc/task.ts";
import type { Engine } from "../engine/engine.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Qwen3Config } from "../model/config.ts";
import { initialWeights } from "../model/initialise.ts";
import { type Model, openModel } from "../model/model.ts";
import type { Changes } from "../model/tiny.test-helper.ts";
import { sizeToken } from "../sequence/tokens.ts";
import { type Candidate, type DecodeOptions, type Decoder, type Prompt, promptOf } from "./decoder.ts";
import type { Frame } from "./frames.ts";

/** What a checkpoint can have which a decoder takes. */
export function trainedFor({ family, objective, needs = [] }: Decoder): Changes {
  const objectives = [objective, ...needs];
  if (family === "typewriter") return { objectives, pattern: "causal" };
  if (needs.includes("autoregressive")) return { objectives, pattern: "causal-prompt", shift: true };
  return { objectives, pattern: objective === "block-diffusion" ? "blocks" : "grid-prompt" };
}

/** The model, but for sizes above `side`, which it never finds likely: canvases stay small. */
export const smallSizes = (model: Model, side: number): Model => ({
  ...model,
  async run(...args) {
    const outputs = await model.run(...args);
    const { vocabSize } = model.config;
    for (let start = 0; start < outputs.logits.length; start += vocabSize) {
      outputs.logits.fill(-1e9, start + sizeToken(side + 1), start + sizeToken(31));
    }
    return outputs;
  },
});

/** Opens a model of random weights for the time of `work`. */
export async function withRandomModel<T>(
  engine: Engine,
  config: Qwen3Config,
  seed: number,
  work: (model: Model) => Promise<T>,
  side = 5,
): Promise<T> {
  const model = openModel(engine, config, initialWeights(config, seed));
  try {
    return await work(smallSizes(model, side));
  } finally {
    await model.close();
  }
}

export interface Decoding {
  readonly frames: readonly Frame[];
  readonly candidates: readonly Candidate[];
  readonly ledger: Ledger;
}

export async function decodeAll(
  decoder: Decoder,
  model: Model,
  task: Task,
  options: Partial<DecodeOptions> = {},
  given: Pick<Prompt, "template" | "size"> = {},
): Promise<Decoding> {
  const ledger = newLedger();
  const all = { cache: "prompt", steps: 10, ...options } as const;
  const prompt = { ...promptOf(task, 0, "model", model.config.jigsaw.pattern), ...given };
  const decoding = decoder.decode(model, prompt, all, ledger);
  const frames: Frame[] = [];
  for (;;) {
    const next = await decoding.next();
    if (next.done) return { frames, candidates: next.value, ledger };
    frames.push(next.value);
  }
}

/**
 * Asserts that two decodings show the same frames, up to the first one with a tie; what comes after that may
 * differ. Gives whether all could be compared.
 */
export function expectSame(a: Decoding, b: Decoding): boolean {
  for (const [i, frame] of a.frames.entries()) {
    const other = b.frames[i]!;
    if (frame.ties || other.ties) return false;
    const { confidence, pass: _, ...rest } = frame;
    const { confidence: confidenceThere, pass: __, ...restThere } = other;
    expect(restThere).toEqual(rest);
    for (const [cell, p] of confidence.entries())
      expect(Math.abs(p - confidenceThere[cell]!)).toBeLessThan(1e-4);
  }
  expect(b.frames.length).toBe(a.frames.length);
  expect(b.candidates.map(({ grid }) => grid)).toEqual(a.candidates.map(({ grid }) => grid));
  for (const [i, { logProbability }] of a.candidates.entries()) {
    expect(b.candidates[i]!.logProbability).toBeCloseTo(logProbability, 3);
  }
  return true;
}

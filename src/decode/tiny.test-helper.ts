// Decoders on tiny models, and what it means that two decodings are the same.
import { expect } from "vitest";
import type { Grid } from "../arc/grid.ts";
import type { Size } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import type { Engine } from "../engine/engine.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Qwen3Config } from "../model/config.ts";
import { initialWeights } from "../model/initialize.ts";
import { type KvSegment, type Model, openModel } from "../model/model.ts";
import type { Changes } from "../model/tiny.test-helper.ts";
import { sizeToken } from "../sequence/tokens.ts";
import type { Candidate } from "./canvas.ts";
import type { DecodeOptions, Decoder } from "./define.ts";
import type { Frame, Template } from "./frames.ts";
import type { Prompt } from "./prompt.ts";
import { promptOf } from "./puzzle-prompt.ts";
import type { PromptSession } from "./session.ts";

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

/** The model, and the segments that it gave and that are not freed yet. */
export function watchSegments(model: Model): { model: Model; live: Set<KvSegment> } {
  const live = new Set<KvSegment>();
  const watched: Model = {
    ...model,
    async run(...args) {
      const outputs = await model.run(...args);
      if (outputs.segment) live.add(outputs.segment);
      return outputs;
    },
    async gather(...args) {
      const segment = await model.gather(...args);
      live.add(segment);
      return segment;
    },
    async concat(...args) {
      const segment = await model.concat(...args);
      live.add(segment);
      return segment;
    },
    async free(...segments) {
      for (const segment of segments) live.delete(segment);
      await model.free(...segments);
    },
  };
  return { model: watched, live };
}

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

/** All that a decoding gave. */
export interface Decoded<Answer = Grid> {
  readonly frames: readonly Frame[];
  readonly candidates: readonly Candidate<Answer>[];
  readonly ledger: Ledger;
}

/** Takes the frames of a decoding to the end. */
export async function decodePrompt<Answer>(
  decoder: Decoder,
  on: Model | PromptSession,
  prompt: Prompt<Answer>,
  options: DecodeOptions = {},
  signal?: AbortSignal,
): Promise<Decoded<Answer>> {
  const ledger = newLedger();
  const decoding = decoder.decode(on, prompt, options, { ledger, signal });
  const frames: Frame[] = [];
  for await (const frame of decoding) frames.push(frame);
  return { frames, candidates: await decoding.candidates, ledger };
}

/** Decodes the first test input of a task. */
export function decodeAll(
  decoder: Decoder,
  model: Model,
  task: Task,
  options: DecodeOptions = {},
  { template, size = "model" }: { readonly template?: Template; readonly size?: Size | "model" } = {},
): Promise<Decoded> {
  const prompt = { ...promptOf(model, task, 0, size), template };
  return decodePrompt(decoder, model, prompt, { cache: "prompt", steps: 10, ...options });
}

/**
 * Asserts that two decodings show the same frames, up to the first one with a tie; what comes after that may
 * differ. Gives whether all could be compared.
 */
export function expectSame(a: Decoded<unknown>, b: Decoded<unknown>): boolean {
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
  expect(b.candidates.map(({ answer }) => answer)).toEqual(a.candidates.map(({ answer }) => answer));
  for (const [i, { logProbability }] of a.candidates.entries()) {
    expect(b.candidates[i]!.logProbability).toBeCloseTo(logProbability, 3);
  }
  return true;
}

// A prompt before the model: encoded once and cached, or computed anew in every pass.

import { JigsawError } from "../core/errors.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Model, Pass, Segment } from "../model/model.ts";
import {
  type AttentionPattern,
  patternOf,
  type Span,
  sequencePositions,
  visibleKeys,
  writeMask,
} from "../sequence/attention-patterns.ts";
import { blockEnds, promptSpan } from "../sequence/layout.ts";
import type { Token } from "../sequence/tokens.ts";
import type { Cache } from "./decoder.ts";
import { readFragments } from "./fragments.ts";

/** Answers questions about tokens that follow the prompt. */
export interface Context {
  /** Logits after the prompt's last token, [vocabulary]; of a checkpoint with the logit shift, else undefined. */
  readonly opening: Float32Array | undefined;
  /**
   * Logits of an answer's tokens, [answer, vocabulary], under the checkpoint's pattern; nothing is remembered. Several
   * answers, one after another, never see each other.
   */
  look(...answers: readonly (readonly Token[])[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Where an answer can be read in several ways. */
export interface DualContext extends Context {
  /** As `look`, but each token of the answer sees only those before it and itself. */
  lookCausally(answer: readonly Token[]): Promise<Float32Array>;
  /** As `look`, with shares of embeddings added to the answer's tokens, [answer, vocabulary] (see `Pass`). */
  lookSoftly(answer: readonly Token[], soft: Float32Array): Promise<Float32Array>;
}

type Answers = readonly (readonly Token[])[];

/** The prompt and answers as parts of a sequence under the checkpoint's pattern. */
function partsFor({ config }: Model, prompt: readonly Token[], answers: Answers): Span[] {
  const parts = answers.map((answer) => ({
    length: answer.length,
    promptLength: prompt.length,
    ends: blockEnds(answer, config.jigsaw.blockSize, config.jigsaw.shift),
  }));
  return [promptSpan(prompt), ...parts];
}

const patternFor = ({ config }: Model): AttentionPattern => patternOf(config.jigsaw.pattern);

/** What can be kept of a prompt: all of it, but where it sees the answer. */
export const possibleCache = (model: Model): Cache =>
  patternFor(model).promptSeesAnswer ? "none" : "prompt";

/** A prompt alone, or with answers, as one pass. */
function wholePass(
  model: Model,
  pattern: AttentionPattern,
  prompt: readonly Token[],
  answers: Answers,
): Pass {
  const parts = partsFor(model, prompt, answers);
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const mask = new Uint8Array(total * total);
  writeMask(visibleKeys(parts, pattern), mask, total);
  const indices = sequencePositions(parts, pattern);
  return { tokens: [...prompt, ...answers.flat()], indices, ...(mask.includes(0) && { mask }) };
}

/** Answers after a prompt that is cached. */
function answerPass(
  model: Model,
  pattern: AttentionPattern,
  prompt: readonly Token[],
  segment: Segment,
  answers: Answers,
): Pass {
  const tokens = answers.flat();
  const indices = sequencePositions(partsFor(model, prompt, answers), pattern).slice(prompt.length);
  if (pattern.answer === "full" && answers.length === 1) return { tokens, past: [segment], indices };
  const mask = new Uint8Array(tokens.length ** 2);
  writeMask(
    visibleKeys([{ length: 0 }, ...partsFor(model, [], answers).slice(1)], pattern),
    mask,
    tokens.length,
  );
  return { tokens, past: [segment], indices, ...(mask.includes(0) && { mask }) };
}

/** The values at the end of so many, after zeros. */
function afterZeros(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const all = new Float32Array(length);
  all.set(values, length - values.length);
  return all;
}

/** Encodes a prompt into a segment that later passes see. */
export async function encodePrompt(model: Model, prompt: readonly Token[], ledger: Ledger): Promise<Segment> {
  return (await readPrompt(model, prompt, { logits: false, cache: true }, ledger)).segment!;
}

/** Runs a prompt alone; the logits after its last token are read where the checkpoint has the logit shift. */
export async function readPrompt(
  model: Model,
  prompt: readonly Token[],
  want: { readonly logits: boolean; readonly cache: boolean },
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<{ opening: Float32Array | undefined; segment: Segment | undefined }> {
  if (want.cache && model.fragments && patternFor(model).prompt === "fragments") {
    const { logits, segment } = await readFragments(model, model.fragments, prompt, ledger, signal);
    return { opening: want.logits ? logits : undefined, segment };
  }
  const pass = wholePass(model, patternFor(model), prompt, []);
  const { logits, segment } = await model.run(pass, want, ledger, "prompt");
  return { opening: want.logits ? logits.slice(-model.config.vocabSize) : undefined, segment };
}

/**
 * Opens a prompt for answers (the jigsaw family). An aborted signal stops the next pass.
 * @param answer what an answer's tokens see of it, where that is not what the checkpoint's pattern says
 */
export async function openContext(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
  answer?: AttentionPattern["answer"],
): Promise<DualContext> {
  const { vocabSize, jigsaw } = model.config;
  const want = { logits: true, cache: false };
  const shift = jigsaw.shift;
  const cached = cache !== "none";
  const own = patternFor(model);
  if (cached && own.promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${jigsaw.pattern}" the prompt sees the answer, so it cannot be cached`,
      "Use --cache none.",
    );
  }
  signal?.throwIfAborted();
  const { opening, segment } =
    shift || cached
      ? await readPrompt(model, prompt, { logits: shift, cache: cached }, ledger, signal)
      : { opening: undefined, segment: undefined };
  const ask = async (kind: AttentionPattern["answer"], answers: Answers, soft?: Float32Array) => {
    signal?.throwIfAborted();
    const pattern = { ...own, answer: kind };
    const pass = segment
      ? answerPass(model, pattern, prompt, segment, answers)
      : wholePass(model, pattern, prompt, answers);
    const added = soft && { soft: afterZeros(soft, pass.tokens.length * vocabSize) };
    const { logits } = await model.run({ ...pass, ...added }, want, ledger, "decode");
    return segment ? logits : logits.subarray(prompt.length * vocabSize);
  };
  return {
    opening,
    look: (...answers) => ask(answer ?? own.answer, answers),
    lookCausally: (asked) => ask("causal", [asked]),
    lookSoftly: (asked, soft) => ask(answer ?? own.answer, [asked], soft),
    close: async () => {
      if (segment) await model.free(segment);
    },
  };
}

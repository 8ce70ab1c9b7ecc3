// A prompt before the model: encoded once and cached, or computed anew in every pass.
import type { Token } from "../arc/tokens.ts";
import type { Ledger } from "../engine/ledger.ts";
import { JigsawError } from "../errors.ts";
import { blockEnds, promptPart } from "../objectives/layout.ts";
import type { Model, Pass, Segment } from "../qwen3/model.ts";
import { type Part, type Pattern, patternOf, sequencePositions, writeMask } from "../qwen3/patterns.ts";
import type { Cache } from "./decoder.ts";

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

/** Where an answer can be read in two ways. */
export interface DualContext extends Context {
  /** As `look`, but each token of the answer sees only those before it and itself. */
  lookCausally(answer: readonly Token[]): Promise<Float32Array>;
}

type Answers = readonly (readonly Token[])[];

/** The prompt and answers as parts of a sequence under the checkpoint's pattern. */
function partsFor({ config }: Model, prompt: readonly Token[], answers: Answers): Part[] {
  const parts = answers.map((answer) => ({
    length: answer.length,
    from: prompt.length,
    ends: blockEnds(answer, config.jigsaw?.blockSize ?? null),
  }));
  return [promptPart(prompt), ...parts];
}

const patternFor = ({ config }: Model): Pattern => patternOf(config.jigsaw?.pattern ?? "causal");

/** The model as one of the causal pattern, for what a pass shows. */
const causally = (model: Model): Model => {
  const { config } = model;
  return {
    ...model,
    config: { ...config, jigsaw: config.jigsaw && { ...config.jigsaw, pattern: "causal" } },
  };
};

/** The mask of a prompt and answers under the checkpoint's attention pattern: [tokens, tokens]. */
export function maskFor(model: Model, prompt: readonly Token[], ...answers: Answers): Uint8Array {
  const parts = partsFor(model, prompt, answers);
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const mask = new Uint8Array(total * total);
  writeMask(parts, patternFor(model), mask, total);
  return mask;
}

/** A prompt alone, or with answers, as one pass. */
function wholePass(model: Model, prompt: readonly Token[], ...answers: Answers): Pass {
  const mask = maskFor(model, prompt, ...answers);
  const indices = sequencePositions(partsFor(model, prompt, answers), patternFor(model));
  return { tokens: [...prompt, ...answers.flat()], indices, ...(mask.includes(0) && { mask }) };
}

/** Answers after a prompt that is cached. */
function answerPass(model: Model, prompt: readonly Token[], segment: Segment, answers: Answers): Pass {
  const tokens = answers.flat();
  const pattern = patternFor(model);
  const indices = sequencePositions(partsFor(model, prompt, answers), pattern).slice(prompt.length);
  if (pattern.answer === "full" && answers.length === 1) return { tokens, past: [segment], indices };
  const mask = new Uint8Array(tokens.length ** 2);
  writeMask([{ length: 0 }, ...partsFor(model, [], answers).slice(1)], pattern, mask, tokens.length);
  return { tokens, past: [segment], indices, ...(mask.includes(0) && { mask }) };
}

/** Encodes a prompt into a segment that later passes see. */
export async function encodePrompt(model: Model, prompt: readonly Token[], ledger: Ledger): Promise<Segment> {
  const pass = wholePass(model, prompt);
  return (await model.run(pass, { logits: false, cache: true }, ledger, "prompt")).segment!;
}

/** Opens a prompt for answers that see one another whole (the jigsaw family). An aborted signal stops the next pass. */
export async function openContext(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<DualContext> {
  const { vocabSize, jigsaw } = model.config;
  const want = { logits: true, cache: false };
  const shift = jigsaw?.shift ?? false;
  const cached = cache !== "none";
  if (cached && patternFor(model).promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${jigsaw?.pattern}" the prompt sees the answer, so it cannot be cached`,
      "Use --cache none.",
    );
  }
  signal?.throwIfAborted();
  const first =
    shift || cached
      ? await model.run(wholePass(model, prompt), { logits: shift, cache: cached }, ledger, "prompt")
      : undefined;
  const opening = shift ? first!.logits.slice(-vocabSize) : undefined;
  const segment = first?.segment;
  const ask = async (as: Model, answers: Answers) => {
    signal?.throwIfAborted();
    const pass = segment ? answerPass(as, prompt, segment, answers) : wholePass(as, prompt, ...answers);
    const { logits } = await model.run(pass, want, ledger, "decode");
    return segment ? logits : logits.subarray(prompt.length * vocabSize);
  };
  return {
    opening,
    look: (...answers) => ask(model, answers),
    lookCausally: (answer) => ask(causally(model), [answer]),
    close: async () => {
      if (segment) await model.free(segment);
    },
  };
}

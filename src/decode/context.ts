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
  /** Logits of an answer's tokens, [answer, vocabulary], under the checkpoint's pattern; nothing is remembered. */
  look(answer: readonly Token[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The prompt and an answer as parts of a sequence under the checkpoint's pattern. */
function partsFor({ config }: Model, prompt: readonly Token[], answer: readonly Token[]): Part[] {
  if (answer.length === 0) return [promptPart(prompt)];
  const ends = blockEnds(answer, config.jigsaw?.blockSize ?? null);
  return [promptPart(prompt), { length: answer.length, from: prompt.length, ends }];
}

const patternFor = ({ config }: Model): Pattern => patternOf(config.jigsaw?.pattern ?? "causal");

/** The mask of a prompt and an answer under the checkpoint's attention pattern: [tokens, tokens]. */
export function maskFor(model: Model, prompt: readonly Token[], answer: readonly Token[]): Uint8Array {
  const total = prompt.length + answer.length;
  const mask = new Uint8Array(total * total);
  writeMask(partsFor(model, prompt, answer), patternFor(model), mask, total);
  return mask;
}

/** A prompt alone, or with an answer, as one pass. */
function wholePass(model: Model, prompt: readonly Token[], answer: readonly Token[]): Pass {
  const mask = maskFor(model, prompt, answer);
  const indices = sequencePositions(partsFor(model, prompt, answer), patternFor(model));
  return { tokens: [...prompt, ...answer], indices, ...(mask.includes(0) && { mask }) };
}

/** An answer after a prompt that is cached. */
function answerPass(
  model: Model,
  prompt: readonly Token[],
  segment: Segment,
  answer: readonly Token[],
): Pass {
  const { length } = answer;
  const pattern = patternFor(model);
  const indices = sequencePositions(partsFor(model, prompt, answer), pattern).slice(prompt.length);
  if (pattern.answer === "full") return { tokens: answer, past: [segment], indices };
  const mask = new Uint8Array(length * length);
  writeMask([{ length: 0 }, { ...partsFor(model, [], answer)[1]!, from: 0 }], pattern, mask, length);
  return { tokens: answer, past: [segment], indices, ...(mask.includes(0) && { mask }) };
}

/** Encodes a prompt into a segment that later passes see. */
export async function encodePrompt(model: Model, prompt: readonly Token[], ledger: Ledger): Promise<Segment> {
  const pass = wholePass(model, prompt, []);
  return (await model.run(pass, { logits: false, cache: true }, ledger, "prompt")).segment!;
}

/** Opens a prompt for answers that see one another whole (the jigsaw family). An aborted signal stops the next pass. */
export async function openContext(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Context> {
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
      ? await model.run(wholePass(model, prompt, []), { logits: shift, cache: cached }, ledger, "prompt")
      : undefined;
  const opening = shift ? first!.logits.slice(-vocabSize) : undefined;
  const segment = first?.segment;
  if (segment) {
    return {
      opening,
      async look(answer) {
        signal?.throwIfAborted();
        const pass = answerPass(model, prompt, segment, answer);
        return (await model.run(pass, want, ledger, "decode")).logits;
      },
      close: () => model.free(segment),
    };
  }
  return {
    opening,
    async look(answer) {
      signal?.throwIfAborted();
      const { logits } = await model.run(wholePass(model, prompt, answer), want, ledger, "decode");
      return logits.subarray(prompt.length * vocabSize);
    },
    close: async () => {},
  };
}

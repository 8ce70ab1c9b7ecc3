// A prompt before the model: encoded once and cached, or computed anew in every pass.
import { gridEnds, type Token } from "../arc/tokens.ts";
import type { Ledger } from "../engine/ledger.ts";
import { JigsawError } from "../errors.ts";
import type { Model, Segment } from "../qwen3/model.ts";
import { type Part, patternOf, writeMask } from "../qwen3/patterns.ts";
import type { Cache } from "./decoder.ts";

/** Answers questions about tokens that follow the prompt. */
export interface Context {
  /** Logits of an answer's tokens, [answer, vocabulary], under the checkpoint's pattern; nothing is remembered. */
  look(answer: readonly Token[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The mask of a prompt and an answer under the checkpoint's attention pattern: [tokens, tokens]. */
export function maskFor(model: Model, prompt: readonly Token[], answer: number): Uint8Array {
  const total = prompt.length + answer;
  const mask = new Uint8Array(total * total);
  const parts: Part[] = [{ length: prompt.length, gridEnds: gridEnds(prompt) }];
  if (answer) parts.push({ length: answer, from: prompt.length });
  writeMask(parts, patternOf(model.config.jigsaw?.pattern ?? "causal"), mask, total);
  return mask;
}

/** Encodes a prompt into a segment that later passes see. */
export async function encodePrompt(model: Model, prompt: readonly Token[], ledger: Ledger): Promise<Segment> {
  const mask = maskFor(model, prompt, 0);
  const pass = { tokens: prompt, ...(mask.includes(0) && { mask }) };
  const { segment } = await model.run(pass, { logits: false, cache: true }, ledger, "prompt");
  return segment!;
}

/** Opens a prompt for answers that see one another whole (the jigsaw family). An aborted signal stops the next pass. */
export async function openContext(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Context> {
  const want = { logits: true, cache: false };
  signal?.throwIfAborted();
  if (cache === "none") {
    return {
      async look(answer) {
        signal?.throwIfAborted();
        const tokens = [...prompt, ...answer];
        const mask = maskFor(model, prompt, answer.length);
        const { logits } = await model.run(
          { tokens, ...(mask.includes(0) && { mask }) },
          want,
          ledger,
          "decode",
        );
        return logits.subarray(prompt.length * model.config.vocabSize);
      },
      close: async () => {},
    };
  }
  const pattern = model.config.jigsaw?.pattern ?? "causal";
  if (patternOf(pattern).promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${pattern}" the prompt sees the answer, so it cannot be cached`,
      "Use --cache none.",
    );
  }
  const segment = await encodePrompt(model, prompt, ledger);
  return {
    async look(answer) {
      signal?.throwIfAborted();
      return (await model.run({ tokens: answer, past: [segment] }, want, ledger, "decode")).logits;
    },
    close: () => model.free(segment),
  };
}

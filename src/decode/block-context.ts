// A prompt before a model whose answers are causal over blocks (BD3-LM, Arriola et al. 2025): what is finished of the
// answer is computed once and kept, which is exact since no block sees a later one.

import type { Ledger } from "../engine/ledger.ts";
import type { Model, Segment } from "../model/model.ts";
import { blockEnds } from "../sequence/layout.ts";
import type { Token } from "../sequence/tokens.ts";
import { type Context, openContext, readPrompt } from "./context.ts";
import type { Cache } from "./decoder.ts";

export interface BlockContext extends Context {
  /** Logits of the answer's tokens after the finished ones, [the others, vocabulary]; no block may be cut. */
  look(answer: readonly Token[]): Promise<Float32Array>;
  /** Says that an answer's tokens, whole blocks, will not change any more. */
  finish(answer: readonly Token[]): Promise<void>;
}

/** [tokens after the finished ones, tokens of the answer]: each sees all up to the end of its block. */
function blockMask(ends: readonly number[], finished: number): Uint8Array {
  const keys = ends.length;
  const mask = new Uint8Array((keys - finished) * keys);
  for (let i = finished; i < keys; i++) mask.fill(1, (i - finished) * keys, (i - finished) * keys + ends[i]!);
  return mask;
}

/** Computes the answer up to the block in work in every look. */
async function openWhole(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<BlockContext> {
  const context = await openContext(model, prompt, cache, ledger, signal, "blocks");
  let finished = 0;
  return {
    ...context,
    look: async (answer) => (await context.look(answer)).subarray(finished * model.config.vocabSize),
    async finish(answer) {
      finished = answer.length;
    },
  };
}

/** Opens a prompt for an answer that is written block by block. An aborted signal stops the next pass. */
export async function openBlockContext(
  model: Model,
  prompt: readonly Token[],
  cache: Cache | "blocks",
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<BlockContext> {
  if (cache !== "blocks") return await openWhole(model, prompt, cache, ledger, signal);
  signal?.throwIfAborted();
  const { blockSize, shift } = model.config.jigsaw;
  const { opening, segment } = await readPrompt(model, prompt, { logits: shift, cache: true }, ledger);
  const start = segment!;
  let kept: Segment | undefined;
  const passOf = (answer: readonly Token[]) => {
    signal?.throwIfAborted();
    const finished = kept?.length ?? 0;
    const mask = blockMask(blockEnds(answer, blockSize, shift), finished);
    return {
      tokens: answer.slice(finished),
      past: kept ? [start, kept] : [start],
      extend: kept !== undefined,
      ...(mask.includes(0) && { mask }),
    };
  };
  return {
    opening,
    async look(answer) {
      return (await model.run(passOf(answer), { logits: true, cache: false }, ledger, "decode")).logits;
    },
    async finish(answer) {
      const want = { logits: false, cache: true };
      const { segment } = await model.run(passOf(answer), want, ledger, "decode");
      if (kept) await model.free(kept);
      kept = segment;
    },
    close: () => model.free(start, ...(kept ? [kept] : [])),
  };
}

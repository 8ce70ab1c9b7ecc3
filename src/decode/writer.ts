// An answer that grows token by token after a prompt, with a cache of keys and values or without.

import type { Ledger } from "../engine/ledger.ts";
import type { Model, Segment } from "../model/model.ts";
import { sizeSlot, sizeToken, type Token } from "../sequence/tokens.ts";
import { encodePrompt } from "./context.ts";
import type { Cache, Prompt } from "./decoder.ts";
import { best, type Choice, given, sizeDistribution } from "./distribution.ts";

export interface Writer {
  /** Logits after the last of these tokens, which follow all that was written: [vocabulary]. */
  write(tokens: readonly Token[]): Promise<Float32Array>;
  /** Hides a token from those after `last`. Both are counted among the tokens written, and may be still to come. */
  hide(token: number, last: number): void;
  close(): Promise<void>;
}

/**
 * [tokens, before + tokens]: each token sees what was written before, itself and those before it, but for those that
 * are hidden from it.
 * @param skip tokens before the first one that `until` counts
 */
function causalMask(
  tokens: number,
  before: number,
  until: ReadonlyMap<number, number>,
  skip: number,
): Uint8Array {
  const keys = before + tokens;
  const mask = new Uint8Array(tokens * keys);
  for (let i = 0; i < tokens; i++) {
    const query = before + i;
    mask.fill(1, i * keys, i * keys + query + 1);
    for (const [token, last] of until) if (query - skip > last) mask[i * keys + skip + token] = 0;
  }
  return mask;
}

/** @param prompt what is there before the first token is written */
export async function openWriter(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Writer> {
  signal?.throwIfAborted();
  const { vocabSize } = model.config;
  const lastOf = (logits: Float32Array) => logits.subarray(logits.length - vocabSize);
  const until = new Map<number, number>();
  const hide = (token: number, last: number) => void until.set(token, last);
  if (cache === "none") {
    const written = [...prompt];
    return {
      async write(tokens) {
        signal?.throwIfAborted();
        written.push(...tokens);
        const pass = { tokens: written, mask: causalMask(written.length, 0, until, prompt.length) };
        return lastOf(
          (await model.run(pass, { logits: "last", cache: false } as const, ledger, "decode")).logits,
        );
      },
      hide,
      close: async () => {},
    };
  }
  const start = await encodePrompt(model, prompt, ledger);
  let answer: Segment | undefined;
  return {
    async write(tokens) {
      signal?.throwIfAborted();
      const past = answer ? [start, answer] : [start];
      const masked = tokens.length > 1 || until.size > 0;
      const mask = masked ? causalMask(tokens.length, answer?.length ?? 0, until, 0) : undefined;
      const pass = { tokens, past, extend: answer !== undefined, ...(mask && { mask }) };
      const { logits, segment } = await model.run(pass, { logits: "last", cache: true }, ledger, "decode");
      if (answer) await model.free(answer);
      answer = segment;
      return lastOf(logits);
    },
    hide,
    close: () => model.free(start, ...(answer ? [answer] : [])),
  };
}

/**
 * Height and width, as they are known or written by a writer that was opened without the prompt's last token: the mark
 * that opens the answer is the first one written, and its logits tell the height.
 * @returns the two, and the tokens that are still to be written before the first cell
 */
export async function writeSize(
  writer: Writer,
  { tokens, grid, size }: Prompt,
  vocabulary: number,
): Promise<{ height: Choice; width: Choice; pending: Token[] }> {
  const pending = tokens.slice(-1);
  const decide = async (known: number | undefined, which: "height" | "width"): Promise<Choice> => {
    const choice = known
      ? given(sizeToken(known))
      : best(sizeDistribution(await writer.write(pending.splice(0)), vocabulary, 0));
    pending.push({ ...sizeSlot(which, grid), id: choice.id });
    return choice;
  };
  return { height: await decide(size?.rows, "height"), width: await decide(size?.columns, "width"), pending };
}

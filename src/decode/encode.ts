// Encoding a prompt: in one pass, or under the pattern `fragments` piece by piece. There each demonstration sees itself
// alone (and the begin token) and all have the same positions, so that its keys and values are the same in every prompt.
import type { Ledger } from "../engine/ledger.ts";
import type { KvSegment, Model } from "../model/model.ts";
import { patternOf, sequencePositions, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import type { Prompt } from "./prompt.ts";
import type { Encoded, PromptCache } from "./prompt-cache.ts";

const PROMPT_AND_NEXT = { logits: "last", cache: true } as const;

/** Computes the keys and values of a prompt, and the logits after its last token. */
export async function encodePrompt(
  model: Model,
  prompt: Prompt,
  prompts: PromptCache,
  ledger: Ledger,
  signal: AbortSignal | undefined,
): Promise<Encoded> {
  const pattern = patternOf(model.config.jigsaw.pattern);
  ledger.prompts++;
  if (pattern.prompt === "fragments") return await encodeFragments(model, prompt, prompts, ledger, signal);
  const { tokens, span } = prompt;
  const mask = new Uint8Array(tokens.length ** 2);
  writeMask(visibleKeys([span], pattern), mask, tokens.length);
  const indices = sequencePositions([span], pattern);
  const pass = { tokens, indices, ...(mask.includes(0) && { mask }) };
  const { logits, segment } = await model.run(pass, PROMPT_AND_NEXT, ledger, "prompt");
  return { logits, segment: segment! };
}

/** What comes out is what one pass over the prompt gives, up to rounding. */
async function encodeFragments(
  model: Model,
  { tokens, span }: Prompt,
  prompts: PromptCache,
  ledger: Ledger,
  signal: AbortSignal | undefined,
): Promise<Encoded> {
  const positions = sequencePositions([span], patternOf("fragments"));
  const numbers = span.fragments!;
  const test = numbers.at(-1)!;
  const pieceOf = (fragment: number) => {
    const [from, to] = [numbers.indexOf(fragment), numbers.lastIndexOf(fragment) + 1];
    return { tokens: tokens.slice(from, to), indices: positions.slice(from, to) };
  };
  const keys: string[] = [];
  /** A fragment that sees itself and the begin token, kept for other prompts. */
  const encode = async (fragment: number, begin?: KvSegment): Promise<KvSegment> => {
    const piece = pieceOf(fragment);
    const key = JSON.stringify(piece.tokens);
    const run = async () => {
      signal?.throwIfAborted();
      const pass = { ...piece, past: begin ? [begin] : [] };
      const { logits, segment } = await model.run(pass, { logits: false, cache: true }, ledger, "prompt");
      return { logits, segment: segment! };
    };
    const { segment } = await prompts.acquire(key, run);
    keys.push(key);
    return segment;
  };
  let joined: KvSegment | undefined;
  const join = async (first: KvSegment, second: KvSegment): Promise<KvSegment> => {
    const longer = await model.concat(first, second);
    if (joined) await model.free(joined);
    joined = longer;
    return longer;
  };
  try {
    const begin = await encode(0);
    let before = begin;
    for (let fragment = 1; fragment < test; fragment++)
      before = await join(before, await encode(fragment, begin));
    signal?.throwIfAborted();
    const pass = { ...pieceOf(test), past: [before] };
    const { logits, segment } = await model.run(pass, PROMPT_AND_NEXT, ledger, "prompt");
    try {
      return { logits, segment: await join(before, segment!) };
    } finally {
      await model.free(segment!);
    }
  } catch (error) {
    if (joined) await model.free(joined);
    throw error;
  } finally {
    for (const key of keys) await prompts.release(key);
  }
}

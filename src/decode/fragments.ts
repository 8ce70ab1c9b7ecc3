// Demonstrations that are encoded once and used in any order, under the attention pattern `fragments`: there each sees
// itself alone (and the begin token) and all stand at the same places, so that its keys and values are the same in every prompt that has it
// (as in Prompt Cache, Gim et al. 2023, and Block-Attention, Ma et al. 2024, for which models are trained likewise).

import type { Ledger } from "../engine/ledger.ts";
import type { FragmentStore, Model, Segment } from "../model/model.ts";
import { patterns, sequencePositions } from "../sequence/attention-patterns.ts";
import { promptSpan } from "../sequence/layout.ts";
import type { Token } from "../sequence/tokens.ts";

/** Fragments kept at most; the one that was used the longest ago goes first. */
const MOST = 64;

/**
 * A model that keeps the demonstrations it reads, for later prompts: another test input of the same task, another order,
 * some left out. They are freed when it closes.
 */
export function keepFragments(model: Model, most = MOST): Model {
  const kept = new Map<string, Segment>();
  return {
    ...model,
    fragments: {
      find(key) {
        const segment = kept.get(key);
        if (segment) {
          kept.delete(key);
          kept.set(key, segment);
        }
        return segment;
      },
      keep: (key, segment) => void kept.set(key, segment),
      async trim() {
        for (const [key, segment] of [...kept].slice(0, Math.max(0, kept.size - most))) {
          kept.delete(key);
          await model.free(segment);
        }
      },
    },
    async close() {
      await model.free(...kept.values());
      kept.clear();
      await model.close();
    },
  };
}

/**
 * Encodes a prompt fragment by fragment, but for those that are kept. What comes out is what one pass over the prompt
 * gives, up to rounding.
 * @returns the prompt's segment, and the logits after its last token, [vocabulary]
 */
export async function readFragments(
  model: Model,
  store: FragmentStore,
  prompt: readonly Token[],
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<{ logits: Float32Array; segment: Segment }> {
  const part = promptSpan(prompt);
  const positions = sequencePositions([part], patterns.fragments);
  const numbers = part.fragments!;
  const test = Math.max(...numbers);
  const pieceOf = (fragment: number) => {
    const [from, to] = [numbers.indexOf(fragment), numbers.lastIndexOf(fragment) + 1];
    return { tokens: prompt.slice(from, to), indices: positions.slice(from, to) };
  };
  /** Keys and values of a fragment, which sees itself and the begin token. */
  const encode = async (fragment: number, begin?: Segment): Promise<Segment> => {
    const piece = pieceOf(fragment);
    const key = JSON.stringify(piece.tokens);
    const known = store.find(key);
    if (known) return known;
    signal?.throwIfAborted();
    const want = { logits: false, cache: true };
    const { segment } = await model.run({ ...piece, past: begin ? [begin] : [] }, want, ledger, "prompt");
    store.keep(key, segment!);
    return segment!;
  };
  await store.trim();
  const begin = await encode(0);
  let joined = begin;
  const add = async (segment: Segment) => {
    const longer = await model.join(joined, segment);
    if (joined !== begin) await model.free(joined);
    joined = longer;
  };
  try {
    for (let fragment = 1; fragment < test; fragment++) await add(await encode(fragment, begin));
    signal?.throwIfAborted();
    const want = { logits: "last", cache: true } as const;
    const { logits, segment } = await model.run({ ...pieceOf(test), past: [joined] }, want, ledger, "prompt");
    try {
      await add(segment!);
    } finally {
      await model.free(segment!);
    }
    return { logits, segment: joined };
  } catch (error) {
    if (joined !== begin) await model.free(joined);
    throw error;
  }
}

// Encoded prompts kept within a budget of bytes: the least recently used goes first, and is encoded again where it is
// asked for again. Under the pattern `fragments` the demonstrations are kept, too, each by itself (a prefix cache by
// fragment, as in Prompt Cache, Gim et al. 2023, and Block-Attention, Ma et al. 2024). Sessions choose the keys
// (session.ts) and compute what is kept (encode.ts).
import type { Qwen3Config } from "../model/config.ts";
import type { KvSegment, Model } from "../model/model.ts";

/** What is computed of a prompt, or of a fragment of one. */
export interface Encoded {
  readonly segment: KvSegment;
  /** Logits after the last token, [vocabSize]. */
  readonly logits: Float32Array;
}

/** Encoded prompts by key, counted by their holders. */
export interface PromptCache extends AsyncDisposable {
  /** What is kept under a key, else what `encode` gives; it is not freed before it is released as often as acquired. */
  acquire(key: unknown, encode: () => Promise<Encoded>): Promise<Encoded>;
  release(key: unknown): Promise<void>;
}

/** Bytes of keys and values that are kept by default: 1 GiB. */
export const PROMPT_CACHE_BYTES = 2 ** 30;

/** Bytes that the keys and values of a token take. */
export const bytesPerToken = ({ layers, kvHeads, headDim }: Qwen3Config): number =>
  layers * 2 * kvHeads * headDim * 4;

interface Entry {
  readonly encoding: Promise<Encoded>;
  bytes: number;
  holders: number;
}

/** @param budget bytes; what is held is never freed, so that more may be in use */
export function openPromptCache(model: Model, budget = PROMPT_CACHE_BYTES): PromptCache {
  /** The least recently used first. */
  const entries = new Map<unknown, Entry>();
  const free = async (key: unknown, { encoding }: Entry): Promise<void> => {
    entries.delete(key);
    await model.free((await encoding).segment);
  };
  const trim = async (): Promise<void> => {
    let total = [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [key, entry] of [...entries]) {
      if (total <= budget) return;
      if (entry.holders > 0) continue;
      total -= entry.bytes;
      await free(key, entry);
    }
  };
  return {
    async acquire(key, encode) {
      for (;;) {
        const known = entries.get(key);
        const entry = known ?? { encoding: encode(), bytes: 0, holders: 0 };
        entries.delete(key);
        entries.set(key, entry);
        entry.holders++;
        try {
          const encoded = await entry.encoding;
          entry.bytes = encoded.segment.length * bytesPerToken(model.config);
          return encoded;
        } catch (error) {
          if (entries.get(key) === entry) entries.delete(key);
          // Somebody else's encoding failed or was aborted: that says nothing about this one.
          if (!known) throw error;
        }
      }
    },
    async release(key) {
      const entry = entries.get(key);
      if (entry) entry.holders--;
      await trim();
    },
    async [Symbol.asyncDispose]() {
      for (const [key, entry] of [...entries]) await free(key, entry);
    },
  };
}

// Attention patterns: who may look at whom. The same record makes the training mask, the inference mask and the
// plan of what can be cached.
import { lookUp } from "../errors.ts";

export interface Pattern {
  /** Which of the prompt's later tokens a prompt token sees: none, those of its own grid, or all. */
  readonly prompt: "causal" | "grids" | "full";
  /** Whether an answer token sees the answer's later tokens. */
  readonly answer: "causal" | "full";
  /** Whether prompt tokens see the answer; then nothing can be cached. */
  readonly promptSeesAnswer: boolean;
}

export const patterns = {
  /** The typewriter. */
  causal: { prompt: "causal", answer: "causal", promptSeesAnswer: false },
  /** Everything sees everything (the original hack). */
  full: { prompt: "full", answer: "full", promptSeesAnswer: true },
  /** The prompt sees the whole prompt; the answer sees prompt and answer. */
  prefix: { prompt: "full", answer: "full", promptSeesAnswer: false },
  /** The prompt is causal; the answer sees prompt and all of the answer. */
  "causal-prompt": { prompt: "causal", answer: "full", promptSeesAnswer: false },
  /** The prompt is causal over its grids and free inside each; the answer sees prompt and all of the answer. */
  "grid-prompt": { prompt: "grids", answer: "full", promptSeesAnswer: false },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof patterns;

export const patternOf = (name: string): Pattern => lookUp<Pattern>("attention pattern", patterns, name);

/**
 * Tokens of one kind that stand in a row: the prompt, or one answer. Several answers may hang on one prompt, each
 * from its own place (`from` prompt tokens are before it); they never see one another.
 */
export interface Part {
  readonly length: number;
  /** For a prompt: the index after the last token of the grid that each token lies in (after itself for a mark). */
  readonly gridEnds?: readonly number[];
  /** Undefined for the prompt. */
  readonly from?: number;
}

/**
 * Which keys each query sees, for parts in the order of their tokens: row-major [tokens, tokens], 1 for visible,
 * written into `mask` (rows of `stride`) from `offset` on.
 */
export function writeMask(
  parts: readonly Part[],
  pattern: Pattern,
  mask: Uint8Array,
  stride: number,
  offset = 0,
): void {
  const { length: prompt, gridEnds } = parts[0]!;
  const sees = {
    causal: (i: number) => i + 1,
    grids: (i: number) => gridEnds?.[i] ?? i + 1,
    full: () => prompt,
  };
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let start = 0;
  for (const { length, from } of parts) {
    for (let i = 0; i < length; i++) {
      const row = offset + (start + i) * stride;
      if (from === undefined) {
        mask.fill(1, row, row + sees[pattern.prompt](i));
        if (pattern.promptSeesAnswer) mask.fill(1, row + prompt, row + total);
      } else {
        mask.fill(1, row, row + from);
        mask.fill(1, row + start, row + start + (pattern.answer === "causal" ? i + 1 : length));
      }
    }
    start += length;
  }
}

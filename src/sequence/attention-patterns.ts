// Attention patterns: who may look at whom. The same record makes the training mask, the inference mask and the
// plan of what can be cached.
import { lookUp } from "../core/errors.ts";

export interface Pattern {
  /** What a prompt token sees of the prompt: what is before it; its own grid too; its own demonstration only; all. */
  readonly prompt: "causal" | "grids" | "fragments" | "full";
  /** What an answer token sees of the answer: what is before it; its own block too; all. */
  readonly answer: "causal" | "blocks" | "full";
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
  /** Each demonstration sees only itself; the test input sees itself and all of them; the answer sees all. */
  fragments: { prompt: "fragments", answer: "full", promptSeesAnswer: false },
  /** The prompt is causal; the answer is causal over its blocks and free inside each (BD3-LM, Arriola et al. 2025). */
  blocks: { prompt: "causal", answer: "blocks", promptSeesAnswer: false },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof patterns;

export const patternOf = (name: string): Pattern => lookUp<Pattern>("attention pattern", patterns, name);

/**
 * Tokens of one kind that stand in a row: the prompt, or one answer. Several answers may hang on one prompt, each
 * from its own place (`from` prompt tokens are before it); they never see one another, but for what `sees` names.
 */
export interface Part {
  readonly length: number;
  /** The index after the last token of the grid or block that each token lies in; after itself where left out. */
  readonly ends?: readonly number[];
  /** For a prompt: the demonstration that each token is of, from 1; 0 for what all see; the highest is the test's. */
  readonly fragments?: readonly number[];
  /** Undefined for the prompt. */
  readonly from?: number;
  /** What its tokens see of it, where that is not what the pattern says of answers. */
  readonly answer?: Pattern["answer"];
  /** The first `length` tokens of an earlier part, which stand before this one's: a clean copy of earlier blocks. */
  readonly sees?: { readonly part: number; readonly length: number };
  /** The index of the last of the part's tokens that may see each token, where later ones may not. */
  readonly until?: readonly number[];
}

/**
 * Where each token stands in its sequence, for rotary positions in sequence: an answer follows the prompt tokens (and
 * the clean copy) before it; under `fragments` all demonstrations stand at the same places, and the test's input
 * after the longest.
 */
export function sequencePositions(parts: readonly Part[], pattern: Pattern): number[] {
  const { length, fragments } = parts[0]!;
  const prompt = Array.from({ length }, (_, i) => i);
  if (pattern.prompt === "fragments" && fragments) {
    const shared = fragments.filter((fragment) => fragment === 0).length;
    const test = Math.max(...fragments);
    const counts = new Map<number, number>();
    for (const [i, fragment] of fragments.entries()) {
      const count = counts.get(fragment) ?? 0;
      counts.set(fragment, count + 1);
      const others = [...counts].filter(([other]) => other > 0 && other < test).map(([, n]) => n);
      prompt[i] = count + (fragment === 0 ? 0 : shared) + (fragment === test ? Math.max(0, ...others) : 0);
    }
  }
  const answers = parts.slice(1).flatMap(({ length, from = 0, sees }) => {
    const start = (from ? prompt[from - 1]! + 1 : 0) + (sees?.length ?? 0);
    return Array.from({ length }, (_, i) => start + i);
  });
  return [...prompt, ...answers];
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
  const prompt = parts[0]!;
  const starts: number[] = [];
  let total = 0;
  for (const { length } of parts) {
    starts.push(total);
    total += length;
  }
  for (const [p, { length, ends, from, answer, sees, until }] of parts.entries()) {
    const start = starts[p]!;
    const own = {
      causal: (i: number) => i + 1,
      grids: (i: number) => ends?.[i] ?? i + 1,
      blocks: (i: number) => ends?.[i] ?? i + 1,
      fragments: (i: number) => i + 1,
      full: () => length,
    };
    for (let i = 0; i < length; i++) {
      const row = offset + (start + i) * stride;
      if (from !== undefined) {
        mask.fill(1, row, row + from);
        if (sees) mask.fill(1, row + starts[sees.part]!, row + starts[sees.part]! + sees.length);
        mask.fill(1, row + start, row + start + own[answer ?? pattern.answer](i));
        continue;
      }
      if (pattern.prompt === "fragments" && prompt.fragments) writeFragment(prompt.fragments, i, mask, row);
      else mask.fill(1, row, row + own[pattern.prompt](i));
      if (pattern.promptSeesAnswer) mask.fill(1, row + length, row + total);
    }
    if (until) hideAfter(until, mask, offset + start * (stride + 1), stride);
  }
}

/** Hides each token of a part from the part's tokens after the last one that may see it. */
function hideAfter(until: readonly number[], mask: Uint8Array, offset: number, stride: number): void {
  for (const [key, last] of until.entries()) {
    for (let query = last + 1; query < until.length; query++) mask[offset + query * stride + key] = 0;
  }
}

/** What token `i` sees of a prompt in fragments. */
function writeFragment(fragments: readonly number[], i: number, mask: Uint8Array, row: number): void {
  const [fragment, test] = [fragments[i]!, Math.max(...fragments)];
  for (const [j, other] of fragments.entries()) {
    if (other === fragment || other === 0 || (fragment === test && fragment > 0)) mask[row + j] = 1;
  }
}

// Attention patterns: the keys that each token sees. The training mask, the inference mask, the cache and the supervised
// outputs all follow from one record. A new pattern is one record here, and one row of the page's Learn view.
import { lookUp } from "../core/names.ts";

/** Keys from the first index up to, but without, the second. */
export type Range = readonly [from: number, to: number];

/** Consecutive tokens of one kind: the prompt, or an answer. Several answers may follow one prompt; they never see one another. */
export interface Span {
  readonly length: number;
  /** For each token, the index after the last token of its grid (prompt) or block (answer); after itself where left out. */
  readonly ends?: readonly number[];
  /** Prompt only: the demonstration of each token, from 1; 0 for tokens that all see; the highest is the test input's. */
  readonly fragments?: readonly number[];
  /** Answer only: how many prompt tokens it follows and sees. Undefined for the prompt. */
  readonly promptLength?: number;
  /** Answer only: how its tokens see one another, where that differs from the pattern. */
  readonly answer?: AnswerAttention;
  /** Answer only: the first `length` tokens of an earlier span, which it follows and sees (BD3-LM's clean copy). */
  readonly cleanCopy?: { readonly span: number; readonly length: number };
  /** The last token of the span that still sees each token; later ones do not (a retracted token that was dropped). */
  readonly visibleUntil?: readonly number[];
}

/** The prompt tokens that prompt token `i` sees. */
const promptAttention = {
  causal: (_, i) => [[0, i + 1]],
  grids: ({ ends }, i) => [[0, ends?.[i] ?? i + 1]],
  fragments: (span, i) => fragmentRanges(span, i),
  full: ({ length }) => [[0, length]],
} as const satisfies Record<string, (prompt: Span, i: number) => readonly Range[]>;

/** How many tokens of its answer, from the first on, answer token `i` sees. */
const answerAttention = {
  causal: (_, i) => i + 1,
  blocks: ({ ends }, i) => ends?.[i] ?? i + 1,
  full: ({ length }) => length,
} as const satisfies Record<string, (answer: Span, i: number) => number>;

export type AnswerAttention = keyof typeof answerAttention;

export interface AttentionPattern {
  /** How prompt tokens see the prompt: those before; their own grid too; their own demonstration only; all. */
  readonly prompt: keyof typeof promptAttention;
  /** How answer tokens see their answer: those before; their own block too; all. */
  readonly answer: AnswerAttention;
  /** Whether prompt tokens see the answer; then nothing of the prompt can be cached. */
  readonly promptSeesAnswer: boolean;
  /** The supervised outputs of a task: all but the first, where no output's prompt depends on later ones; or the test's alone. */
  readonly supervises: "later-outputs" | "test-output";
}

export const patterns = {
  /** The typewriter. */
  causal: { prompt: "causal", answer: "causal", promptSeesAnswer: false, supervises: "later-outputs" },
  /** Everything sees everything (the original hack). */
  full: { prompt: "full", answer: "full", promptSeesAnswer: true, supervises: "test-output" },
  /** The prompt sees the whole prompt; the answer sees prompt and answer. */
  prefix: { prompt: "full", answer: "full", promptSeesAnswer: false, supervises: "test-output" },
  /** The prompt is causal; the answer sees prompt and all of the answer. */
  "causal-prompt": {
    prompt: "causal",
    answer: "full",
    promptSeesAnswer: false,
    supervises: "later-outputs",
  },
  /** The prompt is causal over its grids and free inside each; the answer sees prompt and all of the answer. */
  "grid-prompt": { prompt: "grids", answer: "full", promptSeesAnswer: false, supervises: "later-outputs" },
  /** Each demonstration sees only itself; the test input sees itself and all of them; the answer sees all. */
  fragments: { prompt: "fragments", answer: "full", promptSeesAnswer: false, supervises: "test-output" },
  /** The prompt is causal; the answer is causal over its blocks and free inside each (BD3-LM, Arriola et al. 2025). */
  blocks: { prompt: "causal", answer: "blocks", promptSeesAnswer: false, supervises: "later-outputs" },
} as const satisfies Record<string, AttentionPattern>;

export type PatternName = keyof typeof patterns;

/** @throws JigsawError "bad-option" for an unknown name */
export const patternOf = (name: string): AttentionPattern =>
  lookUp<AttentionPattern>("attention pattern", patterns, name);

/** For each token of an answer, the index after the last token of the answer that it sees. */
export const answerEnds = (attention: AnswerAttention, answer: Span): number[] =>
  Array.from({ length: answer.length }, (_, i) => answerAttention[attention](answer, i));

/** A demonstration sees itself and what all see; the test input sees all. */
function fragmentRanges({ fragments, length }: Span, i: number): readonly Range[] {
  if (!fragments) return [[0, i + 1]];
  const fragment = fragments[i]!;
  if (fragment > 0 && fragment === fragments.at(-1)) return [[0, length]];
  const own: Range = [fragments.indexOf(fragment), fragments.lastIndexOf(fragment) + 1];
  return fragment === 0 ? [own] : [[0, fragments.lastIndexOf(0) + 1], own];
}

/** The ranges without the tokens of the span at `start` that token `i` of it no longer sees. */
function withoutHidden(
  ranges: readonly Range[],
  start: number,
  i: number,
  visibleUntil: readonly number[],
): Range[] {
  return ranges.flatMap(([from, to]) => {
    const runs: [number, number][] = [];
    for (let key = from; key < to; key++) {
      if (visibleUntil[key - start]! < i) continue;
      const last = runs.at(-1);
      if (last?.[1] === key) last[1]++;
      else runs.push([key, key + 1]);
    }
    return runs;
  });
}

/**
 * The keys that each token of a sequence sees, token by token.
 * @param spans in the order of their tokens: the prompt, then answers
 */
export function visibleKeys(spans: readonly Span[], pattern: AttentionPattern): (readonly Range[])[] {
  const starts: number[] = [];
  let total = 0;
  for (const { length } of spans) {
    starts.push(total);
    total += length;
  }
  return spans.flatMap((span, s) => {
    const { length, promptLength, cleanCopy, visibleUntil } = span;
    const start = starts[s]!;
    const seenBy = (i: number): readonly Range[] => {
      if (promptLength === undefined) {
        const own = promptAttention[pattern.prompt](span, i);
        return pattern.promptSeesAnswer ? [...own, [length, total]] : own;
      }
      const clean = cleanCopy && starts[cleanCopy.span]!;
      return [
        [0, promptLength],
        ...(clean === undefined ? [] : [[clean, clean + cleanCopy!.length] as const]),
        [start, start + answerAttention[span.answer ?? pattern.answer](span, i)],
      ];
    };
    return Array.from({ length }, (_, i) =>
      visibleUntil ? withoutHidden(seenBy(i), start, i, visibleUntil) : seenBy(i),
    );
  });
}

/**
 * Writes 1 where a query sees a key: a row for each query, rows of `stride`, from `offset` on. Every attention mask of the
 * package is written here.
 * @param keys what each query sees
 */
export function writeMask(
  keys: readonly (readonly Range[])[],
  mask: Uint8Array,
  stride: number,
  offset = 0,
): void {
  for (const [query, ranges] of keys.entries())
    for (const [from, to] of ranges)
      mask.fill(1, offset + query * stride + from, offset + query * stride + to);
}

/**
 * The position of each token for one-dimensional rotary embeddings: an answer follows the prompt tokens (and the clean
 * copy) before it; in fragments every demonstration has the same positions, and the test input follows the longest.
 */
export function sequencePositions(spans: readonly Span[], pattern: AttentionPattern): number[] {
  const { length, fragments } = spans[0]!;
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
  const answers = spans.slice(1).flatMap(({ length, promptLength = 0, cleanCopy }) => {
    const start = (promptLength ? prompt[promptLength - 1]! + 1 : 0) + (cleanCopy?.length ?? 0);
    return Array.from({ length }, (_, i) => start + i);
  });
  return [...prompt, ...answers];
}

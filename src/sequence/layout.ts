// The layout of prompts and answers in a sequence, the same in training and in decoding.
import type { Task } from "../arc/task.ts";
import type { PatternName, Span } from "./attention-patterns.ts";
import { answerGrid, fragmentsOf, gridEnds, promptTokens, TOKEN, type Token } from "./tokens.ts";

/** A prompt under a pattern: its tokens, and the number of the grid that it asks for. */
export interface PromptLayout {
  readonly tokens: readonly Token[];
  readonly grid: number;
}

export function layOut(task: Task, test: number, pattern: PatternName): PromptLayout {
  const fragments = pattern === "fragments";
  return {
    tokens: promptTokens(task, test, fragments ? "fragments" : "sequence"),
    grid: answerGrid(fragments ? 1 : task.train.length),
  };
}

export const promptSpan = (prompt: readonly Token[]): Span => ({
  length: prompt.length,
  ends: gridEnds(prompt),
  fragments: fragmentsOf(prompt),
});

/**
 * For each token of a canvas, the index after the last token of its block: each of the two sizes is one, and then each
 * row (`blockSize` null), or so many tokens. Under the logit shift a row begins at the token before its first cell,
 * where that cell is predicted.
 */
export function blockEnds(canvas: readonly Token[], blockSize: number | null, shift = false): number[] {
  const rowOf = ({ id, place }: Token, i: number): number =>
    place.row + Number(shift && (id === TOKEN.rowEnd || i === 1));
  const blockOf = (token: Token, i: number): number => {
    const row = rowOf(token, i);
    if (row === 0) return i;
    return 1 + (blockSize === null ? row : 1 + Math.floor((i - 2) / blockSize));
  };
  const blocks = canvas.map(blockOf);
  return blocks.map((block) => blocks.lastIndexOf(block) + 1);
}

// A puzzle as the model reads it: its tokens, which of them each may look at, and the bands that they fall into.
import type { Grid } from "../../../arc/grid.ts";
import type { Task } from "../../../arc/task.ts";
import { type PatternName, patterns, visibleKeys, writeMask } from "../../../sequence/attention-patterns.ts";
import { blockEnds, layOut, promptSpan } from "../../../sequence/layout.ts";
import { canvasTokens, fragmentsOf, isSize, sideOf, TOKEN, type Token } from "../../../sequence/tokens.ts";
import { colourName } from "../components/labels.ts";

/** Tokens in a row that are one grid, its mark included, or the first token alone. */
export interface Band {
  readonly kind: "begin" | "input" | "output" | "test" | "answer";
  /** Of demonstrations, from 1. */
  readonly demonstration?: number;
  readonly from: number;
  readonly to: number;
}

/** A puzzle's tokens and the mask over them, [tokens, tokens]. */
export interface Anatomy {
  readonly tokens: readonly Token[];
  /** Tokens of the prompt; the answer's follow. */
  readonly prompt: number;
  /** Tokens of each demonstration, and of the test's part of the prompt. */
  readonly fragments: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** 1 where a query (row) sees a key (column). */
  readonly mask: Uint8Array;
  readonly bands: readonly Band[];
}

/** @param answer the canvas that is asked about: all its cells are open */
export function anatomyOf(task: Task, answer: Grid, pattern: PatternName): Anatomy {
  const { tokens: prompt, grid } = layOut(task, 0, pattern);
  const [rows, columns] = [answer.length, answer[0]!.length];
  const canvas = canvasTokens(rows, columns, grid, () => TOKEN.mask);
  const parts = [
    promptSpan(prompt),
    { length: canvas.length, promptLength: prompt.length, ends: blockEnds(canvas, null) },
  ];
  const total = prompt.length + canvas.length;
  const mask = new Uint8Array(total * total);
  writeMask(visibleKeys(parts, patterns[pattern]), mask, total);
  const numbers = fragmentsOf(prompt);
  const fragments = [...new Set(numbers)].slice(1).map((n) => numbers.filter((one) => one === n).length);
  return {
    tokens: [...prompt, ...canvas],
    ...{ prompt: prompt.length, fragments, rows, columns, mask },
    bands: bandsOf(prompt, numbers, total),
  };
}

function bandsOf(prompt: readonly Token[], fragments: readonly number[], total: number): Band[] {
  const test = Math.max(...fragments);
  const bands: Band[] = [{ kind: "begin", from: 0, to: 1 }];
  for (const [i, { id }] of prompt.entries()) {
    if (id !== TOKEN.input && id !== TOKEN.output) continue;
    const fragment = fragments[i]!;
    // The last mark opens the answer.
    const isAnswer = i === prompt.length - 1;
    const rest = prompt.findIndex(
      (token, j) => j > i && (token.id === TOKEN.input || token.id === TOKEN.output),
    );
    const to = isAnswer ? total : rest < 0 ? prompt.length : rest;
    const kind = isAnswer ? "answer" : fragment === test ? "test" : id === TOKEN.input ? "input" : "output";
    bands.push({
      kind,
      from: i,
      to,
      ...((kind === "input" || kind === "output") && { demonstration: fragment }),
    });
  }
  return bands;
}

/** The band of the token at an index. */
export const bandOf = ({ bands }: Anatomy, index: number): Band =>
  bands.find(({ from, to }) => index >= from && index < to)!;

/** Whether a query sees a key. */
export const sees = ({ mask, tokens }: Anatomy, query: number, key: number): boolean =>
  mask[query * tokens.length + key] === 1;

/** How many keys a query sees. */
export const seenBy = ({ mask, tokens }: Anatomy, query: number): number =>
  mask.subarray(query * tokens.length, (query + 1) * tokens.length).reduce((sum, one) => sum + one, 0);

/** "the input of demonstration 1". */
export function bandName({ kind, demonstration }: Band): string {
  const names = { begin: "the first token", test: "the test input", answer: "the answer" } as const;
  if (kind === "input" || kind === "output") return `the ${kind} of demonstration ${demonstration}`;
  return names[kind];
}

/** A token in words, with its place: "row 2, column 3 of the input of demonstration 1 (blue)". */
export function tokenName(anatomy: Anatomy, index: number): string {
  const { id, place } = anatomy.tokens[index]!;
  const band = bandOf(anatomy, index);
  if (band.kind === "begin") return "the first token";
  const of = `of ${bandName(band)}`;
  if (id === TOKEN.input || id === TOKEN.output) return `the mark ${of}`;
  if (isSize(id)) return `the ${place.column === 1 ? "height" : "width"} ${of} (${sideOf(id)})`;
  if (id === TOKEN.rowEnd) return `the end of row ${place.row} ${of}`;
  return `row ${place.row}, column ${place.column} ${of} (${id === TOKEN.mask ? "open" : colourName(id)})`;
}

// The canvas: a grid of known size whose cells are open or committed, and what was chosen on the way.
import type { Grid } from "../arc/grid.ts";
import { canvasTokens, cellIndex, sideOf, TOKEN, type Token } from "../arc/tokens.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import type { Candidate } from "./decoder.ts";
import { best, type Choice, colourDistribution } from "./distribution.ts";
import type { Frame } from "./frames.ts";

export interface Canvas {
  readonly rows: number;
  readonly columns: number;
  /** The token of each cell, row by row; the mask token while it is open. */
  readonly cells: number[];
  /** The probability of each cell's colour; of the likeliest one while it is open. */
  readonly confidence: number[];
  /** Of all choices so far, sizes included. */
  logProbability: number;
  /** The cell that was chosen by the narrowest margin, and what it would else have been. */
  weakest: { margin: number; cell: number; runnerUp: number };
  /** Close choices since the last frame. */
  close: number;
}

export function openCanvas(height: Choice, width: Choice): Canvas {
  const [rows, columns] = [sideOf(height.id), sideOf(width.id)];
  return {
    rows,
    columns,
    cells: new Array<number>(rows * columns).fill(TOKEN.mask),
    confidence: new Array<number>(rows * columns).fill(0),
    logProbability: Math.log(height.probability) + Math.log(width.probability),
    weakest: { margin: Number.POSITIVE_INFINITY, cell: 0, runnerUp: 0 },
    close: Number(height.close) + Number(width.close),
  };
}

export const canvasInput = ({ rows, columns, cells }: Canvas, grid: number): Token[] =>
  canvasTokens(rows, columns, grid, (r, c) => cells[r * columns + c]!);

/** The best colour of every cell, from the logits of the canvas's tokens; with the logit shift each from the token before. */
export const cellChoices = (
  { rows, columns }: Canvas,
  logits: Float32Array,
  { vocabSize, jigsaw }: Qwen3Config,
): Choice[] =>
  Array.from({ length: rows * columns }, (_, i) => {
    const index = cellIndex(Math.floor(i / columns), i % columns, columns);
    return best(colourDistribution(logits, vocabSize, index - Number(jigsaw?.shift ?? false)));
  });

export function commit(canvas: Canvas, cell: number, choice: Choice): void {
  canvas.cells[cell] = choice.id;
  canvas.confidence[cell] = choice.probability;
  canvas.logProbability += Math.log(choice.probability);
  canvas.close += Number(choice.close);
  const margin = choice.probability - choice.runnerUpProbability;
  if (margin < canvas.weakest.margin) canvas.weakest = { margin, cell, runnerUp: choice.runnerUp };
}

/** The canvas as it is after a pass. */
export function takeFrame(canvas: Canvas, pass: number, committed: readonly number[]): Frame {
  const { rows, columns, cells, confidence, close } = canvas;
  canvas.close = 0;
  return {
    pass,
    rows,
    columns,
    cells: [...cells],
    confidence: [...confidence],
    committed,
    retracted: [],
    close,
  };
}

/** The full canvas as a candidate. */
export function candidateOf({ rows, columns, cells, logProbability, weakest }: Canvas): Candidate {
  const gridOf = (colours: readonly number[]): Grid =>
    Array.from({ length: rows }, (_, r) => colours.slice(r * columns, (r + 1) * columns));
  return {
    grid: gridOf(cells),
    logProbability,
    runnerUp: gridOf(cells.with(weakest.cell, weakest.runnerUp)),
  };
}

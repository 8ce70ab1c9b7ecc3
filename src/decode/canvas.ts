// The canvas: a grid of known size whose cells are open or committed, and what was chosen on the way.
import type { Grid } from "../arc/grid.ts";
import type { Qwen3Config } from "../model/config.ts";
import { canvasTokens, nthCellIndex, sideOf, TOKEN, type Token } from "../sequence/tokens.ts";
import type { Candidate, StartCanvas } from "./decoder.ts";
import { best, type Choice, colourDistribution, type Distribution, given } from "./distribution.ts";
import type { Frame } from "./frames.ts";

export interface Canvas {
  readonly rows: number;
  readonly columns: number;
  /** The token of each cell, row by row; the mask token while it is open. */
  readonly cells: number[];
  /** The probability of each cell's colour; of the likeliest one while it is open. */
  readonly confidence: number[];
  /** Of all choices that stand, sizes included. */
  logProbability: number;
  /** The choice that each committed cell stands by, in the order in which they were made. */
  readonly chosen: Map<number, Choice>;
  /** Cells that are never changed or taken back. */
  readonly locked: ReadonlySet<number>;
  /** Close choices since the last frame. */
  close: number;
}

/** @param start of this size; what it has filled stands as if it had been given */
export function openCanvas(height: Choice, width: Choice, start?: StartCanvas): Canvas {
  const [rows, columns] = [sideOf(height.id), sideOf(width.id)];
  const canvas: Canvas = {
    rows,
    columns,
    cells: new Array<number>(rows * columns).fill(TOKEN.mask),
    confidence: new Array<number>(rows * columns).fill(0),
    logProbability: Math.log(height.probability) + Math.log(width.probability),
    chosen: new Map(),
    locked: new Set(start?.locked),
    close: Number(height.close) + Number(width.close),
  };
  for (const [cell, id] of start?.cells.entries() ?? [])
    if (id !== TOKEN.mask) commit(canvas, cell, given(id));
  return canvas;
}

export const openCells = ({ cells }: Pick<Canvas, "cells">): number[] =>
  [...cells.keys()].filter((cell) => cells[cell] === TOKEN.mask);

export const canvasInput = (
  { rows, columns, cells }: Pick<StartCanvas, "rows" | "columns" | "cells">,
  grid: number,
): Token[] => canvasTokens(rows, columns, grid, (r, c) => cells[r * columns + c]!);

/** The colours of every cell, from the logits of the canvas's tokens; with the logit shift each from the token before. */
export const cellDistributions = (
  { rows, columns }: Canvas,
  logits: Float32Array,
  { vocabSize, jigsaw }: Qwen3Config,
): Distribution[] =>
  Array.from({ length: rows * columns }, (_, i) => {
    const index = nthCellIndex(i, columns);
    return colourDistribution(logits, vocabSize, index - Number(jigsaw.shift));
  });

/** The best colour of every cell. */
export const cellChoices = (canvas: Canvas, logits: Float32Array, config: Qwen3Config): Choice[] =>
  cellDistributions(canvas, logits, config).map(best);

/** Finite, so that what was added can be taken off again. */
const logOf = (probability: number): number => Math.log(Math.max(probability, Number.MIN_VALUE));

export function commit(canvas: Canvas, cell: number, choice: Choice): void {
  canvas.cells[cell] = choice.id;
  canvas.confidence[cell] = choice.probability;
  canvas.logProbability += logOf(choice.probability);
  canvas.close += Number(choice.close);
  canvas.chosen.set(cell, choice);
}

/** Counts a choice that the canvas stands by, but no cell alone. */
export function commitNothing(canvas: Canvas, { probability, close }: Choice): void {
  canvas.logProbability += logOf(probability);
  canvas.close += Number(close);
}

/** Opens a committed cell again. */
export function retract(canvas: Canvas, cell: number): void {
  const choice = canvas.chosen.get(cell);
  if (choice) canvas.logProbability -= logOf(choice.probability);
  canvas.chosen.delete(cell);
  canvas.cells[cell] = TOKEN.mask;
}

/** The canvas as it is after a pass. */
export function takeFrame(
  canvas: Canvas,
  pass: number,
  committed: readonly number[],
  retracted: readonly number[] = [],
): Frame {
  const { rows, columns, cells, confidence, close } = canvas;
  canvas.close = 0;
  return {
    pass,
    rows,
    columns,
    cells: [...cells],
    confidence: [...confidence],
    committed,
    retracted,
    close,
  };
}

/** The choice that was made by the narrowest margin, the first of equals. */
function weakest(chosen: Canvas["chosen"]): { cell: number; runnerUp: number } {
  let [narrowest, found] = [Number.POSITIVE_INFINITY, { cell: 0, runnerUp: 0 }];
  for (const [cell, { probability, runnerUp, runnerUpProbability }] of chosen) {
    const margin = probability - runnerUpProbability;
    if (margin < narrowest) [narrowest, found] = [margin, { cell, runnerUp }];
  }
  return found;
}

/** The full canvas as a candidate. */
export function candidateOf({ rows, columns, cells, logProbability, chosen }: Canvas): Candidate {
  const gridOf = (colours: readonly number[]): Grid =>
    Array.from({ length: rows }, (_, r) => colours.slice(r * columns, (r + 1) * columns));
  const { cell, runnerUp } = weakest(chosen);
  return { grid: gridOf(cells), logProbability, runnerUp: gridOf(cells.with(cell, runnerUp)) };
}

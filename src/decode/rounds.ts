// What decoders share that work by rounds over the whole canvas.
import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { type Canvas, candidateOf, canvasInput, cellDistributions, commit, openCanvas } from "./canvas.ts";
import { openContext } from "./context.ts";
import type { Cache, Candidate, Prompt } from "./decoder.ts";
import { best, type Choice, type Distribution } from "./distribution.ts";
import { CLOSE, type Frame } from "./frames.ts";
import { decideSize } from "./size.ts";

/** What the model says of a cell, given the canvas as it is. */
export interface CellReading {
  readonly cell: number;
  readonly distribution: Distribution;
  readonly choice: Choice;
}

/** A canvas before the model. */
export interface Table {
  readonly canvas: Canvas;
  /** Reads every cell, in one pass. */
  read(): Promise<CellReading[]>;
}

/** Opens the prompt, decides the size, and hands a canvas to `work`, whose frames are shown; the filled canvas is the candidate. */
export async function* onCanvas(
  {
    model,
    prompt,
    cache,
    ledger,
    signal,
  }: {
    model: Model;
    prompt: Prompt;
    cache: Cache;
    ledger: Ledger;
    signal: AbortSignal | undefined;
  },
  work: (table: Table) => AsyncGenerator<Frame, void>,
): AsyncGenerator<Frame, Candidate[]> {
  const { config } = model;
  const context = await openContext(model, prompt.tokens, cache, ledger, signal);
  try {
    const { height, width } = await decideSize(context, config.vocabSize, prompt);
    const canvas = openCanvas(height, width, prompt.canvas);
    const read = async () => {
      const logits = await context.look(canvasInput(canvas, prompt.grid));
      return cellDistributions(canvas, logits, config).map((distribution, cell) => ({
        cell,
        distribution,
        choice: best(distribution),
      }));
    };
    yield* work({ canvas, read });
    return [candidateOf(canvas)];
  } finally {
    await context.close();
  }
}

/** Shows how sure the model is of the cells that are open. */
export function showOpen(
  { confidence }: Canvas,
  readings: readonly CellReading[],
  open: readonly number[],
): void {
  for (const cell of open) confidence[cell] = readings[cell]!.choice.probability;
}

/** Readings from the highest score down; of equals the first cell comes first. */
export function rank<T extends { cell: number }>(readings: readonly T[], score: (reading: T) => number): T[] {
  const scores = new Map(readings.map((reading) => [reading, score(reading)]));
  return readings.toSorted((a, b) => scores.get(b)! - scores.get(a)! || a.cell - b.cell);
}

/**
 * Commits the first `count` of ranked readings, and gives their cells. Counts a close choice where the last one taken
 * and the first one left are nearly equal in score.
 */
export function commitFirst(
  canvas: Canvas,
  ranked: readonly CellReading[],
  count: number,
  score: (reading: CellReading) => number,
): number[] {
  const [last, next] = [ranked[count - 1], ranked[count]];
  if (last && next && score(last) - score(next) < CLOSE) canvas.close++;
  // In the order of the canvas: which of two cells committed together is surer may be a matter of rounding.
  const taken = ranked.slice(0, count).sort((a, b) => a.cell - b.cell);
  for (const { cell, choice } of taken) commit(canvas, cell, choice);
  return taken.map(({ cell }) => cell);
}

/** The share of the open cells that each of the rounds left must take. */
export const shareOf = (open: number, roundsLeft: number): number =>
  Math.ceil(open / Math.max(1, roundsLeft));

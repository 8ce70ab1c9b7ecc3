// The nodes of a search over canvases: what branches off one, and in which order nodes are looked at.
import { type Canvas, commit } from "./canvas.ts";
import { best, chosen, type Distribution, entropy } from "./distribution.ts";
import { CLOSE } from "./frames.ts";

/** A canvas that goes its own way from here on. */
export const fork = (canvas: Canvas): Canvas => ({
  ...canvas,
  cells: [...canvas.cells],
  confidence: [...canvas.confidence],
  chosen: new Map(canvas.chosen),
  close: 0,
});

/** What comes after a canvas. */
export interface Branching {
  /** Canvases with a cell more (or several), the likeliest first; their probabilities are exact or bounds (see `tree`). */
  readonly children: readonly Canvas[];
  /** Decisions that rounding alone could have turned. */
  readonly close: number;
}

/**
 * Branches on the cell of the lowest entropy (the first of equals), after committing in bulk the cells that are surer
 * than `threshold`; at 1 there are none.
 * @param choosable the open cells that may be chosen now
 * @param readings the colours of each cell, given the canvas as it is
 */
export function branch(
  canvas: Canvas,
  choosable: readonly number[],
  readings: readonly Distribution[],
  threshold: number,
): Branching {
  const base = fork(canvas);
  const top = choosable.map((cell) => ({ cell, choice: best(readings[cell]!) }));
  const near = top.filter(({ choice }) => Math.abs(choice.probability - threshold) < CLOSE);
  const sure = top.filter(({ choice }) => choice.probability > threshold);
  for (const { cell, choice } of sure) commit(base, cell, choice);
  const taken = new Set(sure.map(({ cell }) => cell));
  const unsure = choosable
    .filter((cell) => !taken.has(cell))
    .map((cell) => ({ cell, entropy: entropy(readings[cell]!) }))
    .toSorted((a, b) => a.entropy - b.entropy || a.cell - b.cell);
  let close = base.close + (threshold < 1 ? near.length : 0);
  base.close = 0;
  const [first, second] = unsure;
  if (!first) return { children: [base], close };
  if (second && second.entropy - first.entropy < CLOSE) close++;
  const distribution = readings[first.cell]!;
  close += Number(best(distribution).close);
  const children = Array.from(distribution.probabilities, (_, i) => {
    const child = fork(base);
    commit(child, first.cell, chosen(distribution, distribution.first + i));
    child.close = 0;
    return child;
  });
  return { children: likeliestFirst(children), close };
}

/** By probability; of equals the earlier one comes first. */
export const likeliestFirst = <T extends { readonly logProbability: number }>(found: readonly T[]): T[] =>
  found.toSorted((a, b) => b.logProbability - a.logProbability);

/** Takes the likeliest canvas out of those that wait, and tells whether another was about as likely. */
export function takeLikeliest(waiting: Canvas[]): { canvas: Canvas | undefined; close: boolean } {
  const [canvas, next] = likeliestFirst(waiting);
  if (!canvas) return { canvas: undefined, close: false };
  waiting.splice(waiting.indexOf(canvas), 1);
  return { canvas, close: next !== undefined && canvas.logProbability - next.logProbability < CLOSE };
}

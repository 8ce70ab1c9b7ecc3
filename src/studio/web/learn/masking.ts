// Hiding cells of a right answer, and how wrong a model's guesses for them are: what masked diffusion learns from.

import { random } from "../../../core/random.ts";
import { OPEN } from "../../../decode/frames.ts";

/** The order in which cells are hidden: more noise hides the same cells and others. */
export const hidingOrder = (cells: number, seed: number): number[] =>
  random("learn", "noise", seed).sample([...new Array(cells).keys()]);

/** The answer with the first `count` of an order hidden. */
export function hide(answer: readonly number[], order: readonly number[], count: number): number[] {
  const hidden = new Set(order.slice(0, count));
  return answer.map((colour, cell) => (hidden.has(cell) ? OPEN : colour));
}

/** Probabilities of the ten colours of each cell, as a backend's `inspect` gives them. */
export type Shares = readonly (readonly number[] | null)[];

/** What a model says of one hidden cell. */
export interface Guess {
  readonly cell: number;
  /** The likeliest colour, the lowest of equals, and its probability. */
  readonly colour: number;
  readonly probability: number;
  /** Minus the logarithm of the true colour's probability, in nats. */
  readonly loss: number;
  readonly right: boolean;
}

/** What a model says of the hidden cells of a canvas. */
export function guesses(canvas: readonly number[], answer: readonly number[], shares: Shares): Guess[] {
  return canvas.flatMap((value, cell): Guess[] => {
    const distribution = shares[cell];
    if (value !== OPEN || !distribution) return [];
    const probability = Math.max(...distribution);
    const colour = distribution.indexOf(probability);
    const truth = distribution[answer[cell]!]!;
    return [{ cell, colour, probability, loss: lossOf(truth), right: colour === answer[cell] }];
  });
}

/** Cross-entropy of one cell, in nats; finite, for probabilities that were rounded to 0. */
export const lossOf = (probability: number): number => -Math.log(Math.max(probability, 1e-12));

/** The mean over the hidden cells; undefined where none is. */
export const meanLoss = (list: readonly Guess[]): number | undefined =>
  list.length > 0 ? list.reduce((sum, { loss }) => sum + loss, 0) / list.length : undefined;

/** Of a model that knows nothing: one of ten colours, each as likely. */
export const BLIND = Math.LN10;

/** Numbers of hidden cells at which the loss is measured: at most `most`, evenly from 1 to all. */
export function levels(cells: number, most: number): number[] {
  const count = Math.min(cells, most);
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? cells : Math.round(1 + (i * (cells - 1)) / (count - 1)),
  );
}

// Logits -> probabilities over the tokens that can stand at a place.
import { COLOURS, MAX_SIDE } from "../arc/grid.ts";
import { sizeToken } from "../sequence/tokens.ts";
import { CLOSE } from "./frames.ts";

/** Probabilities of consecutive token ids, `first` on. */
export interface Distribution {
  readonly first: number;
  readonly probabilities: Float64Array;
}

/** Softmax over `count` ids from `first` on, of row `row` of logits [rows, vocabulary]. */
function softmaxRow(
  logits: Float32Array,
  vocabulary: number,
  row: number,
  first: number,
  count: number,
): Distribution {
  const start = row * vocabulary + first;
  let top = -Infinity;
  for (let i = 0; i < count; i++) top = Math.max(top, logits[start + i]!);
  const probabilities = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += probabilities[i] = Math.exp(logits[start + i]! - top);
  for (let i = 0; i < count; i++) probabilities[i]! /= sum;
  return { first, probabilities };
}

export const colourDistribution = (logits: Float32Array, vocabulary: number, row: number): Distribution =>
  softmaxRow(logits, vocabulary, row, 0, COLOURS);

export const sizeDistribution = (logits: Float32Array, vocabulary: number, row: number): Distribution =>
  softmaxRow(logits, vocabulary, row, sizeToken(1), MAX_SIDE);

export interface Choice {
  readonly id: number;
  readonly probability: number;
  /** The second likeliest id and its probability. */
  readonly runnerUp: number;
  readonly runnerUpProbability: number;
  readonly close: boolean;
}

/** A choice that was made elsewhere. */
export const given = (id: number): Choice => ({
  id,
  probability: 1,
  runnerUp: id,
  runnerUpProbability: 0,
  close: false,
});

/** The likeliest id (the lowest of equals) and the next. */
export function best({ first, probabilities }: Distribution): Choice {
  let [top, second] = probabilities[1]! > probabilities[0]! ? [1, 0] : [0, 1];
  for (let i = 2; i < probabilities.length; i++) {
    if (probabilities[i]! > probabilities[top]!) [top, second] = [i, top];
    else if (probabilities[i]! > probabilities[second]!) second = i;
  }
  const [probability, runnerUpProbability] = [probabilities[top]!, probabilities[second]!];
  const close = probability - runnerUpProbability < CLOSE;
  return { id: first + top, probability, runnerUp: first + second, runnerUpProbability, close };
}

/** The likeliest of some ids, from logits [vocabulary]; two ids at least. */
export function bestAmong(logits: Float32Array, ids: readonly number[]): Choice {
  const allowed = new Float32Array(logits.length).fill(-Infinity);
  for (const id of ids) allowed[id] = logits[id]!;
  return best(softmaxRow(allowed, allowed.length, 0, 0, allowed.length));
}

export const probabilityOf = ({ first, probabilities }: Distribution, id: number): number =>
  probabilities[id - first] ?? 0;

/** In nats. */
export const entropy = ({ probabilities }: Distribution): number =>
  -probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

/** An id that was chosen whatever its probability; its runner-up is the likeliest other. */
export function chosen(distribution: Distribution, id: number): Choice {
  const { id: top, runnerUp, probability: most, runnerUpProbability } = best(distribution);
  const probability = probabilityOf(distribution, id);
  const [other, next] = id === top ? [runnerUp, runnerUpProbability] : [top, most];
  const close = Math.abs(probability - next) < CLOSE;
  return { id, probability, runnerUp: other, runnerUpProbability: next, close };
}

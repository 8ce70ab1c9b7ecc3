// Logits -> probabilities of the ids that a slot may hold, and choices among them.
import { isTie } from "./ties.ts";

/** Consecutive token ids. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** Probabilities of consecutive token ids, `first` on. */
export interface Distribution {
  readonly first: number;
  readonly probabilities: Float64Array;
}

/** Softmax over the ids of a range, of the row that begins at `start` of row-major logits [rows, vocabSize]. */
export function distributionOf(logits: Float32Array, { first, count }: IdRange, start = 0): Distribution {
  const from = start + first;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) top = Math.max(top, logits[from + i]!);
  const probabilities = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += probabilities[i] = Math.exp(logits[from + i]! - top);
  for (let i = 0; i < count; i++) probabilities[i]! /= sum;
  return { first, probabilities };
}

/** An id for a slot, and how near the decision was. Probabilities are in [0, 1]. */
export interface Choice {
  readonly id: number;
  readonly probability: number;
  /** The second likeliest id and its probability. */
  readonly runnerUp: number;
  readonly runnerUpProbability: number;
  /** Whether rounding alone could have chosen the runner-up. */
  readonly tie: boolean;
}

/** A choice that was made elsewhere. */
export const forced = (id: number): Choice => ({
  id,
  probability: 1,
  runnerUp: id,
  runnerUpProbability: 0,
  tie: false,
});

/** The likeliest id (the lowest of equals) and the next; of two ids at least. */
export function argmax({ first, probabilities }: Distribution): Choice {
  let [top, second] = probabilities[1]! > probabilities[0]! ? [1, 0] : [0, 1];
  for (let i = 2; i < probabilities.length; i++) {
    if (probabilities[i]! > probabilities[top]!) [top, second] = [i, top];
    else if (probabilities[i]! > probabilities[second]!) second = i;
  }
  const [probability, runnerUpProbability] = [probabilities[top]!, probabilities[second]!];
  const tie = isTie(probability, runnerUpProbability);
  return { id: first + top, probability, runnerUp: first + second, runnerUpProbability, tie };
}

/** The likeliest of some ids, from logits [vocabSize]; two ids at least. */
export function argmaxAmong(logits: Float32Array, ids: readonly number[]): Choice {
  const allowed = new Float32Array(logits.length).fill(Number.NEGATIVE_INFINITY);
  for (const id of ids) allowed[id] = logits[id]!;
  return argmax(distributionOf(allowed, { first: 0, count: allowed.length }));
}

/** The probability of an id; 0 for one outside the range. */
export const probabilityOf = ({ first, probabilities }: Distribution, id: number): number =>
  probabilities[id - first] ?? 0;

/** In nats. */
export const entropy = ({ probabilities }: Distribution): number =>
  -probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

/** The choice of an id whatever its probability; its runner-up is the likeliest other. */
export function choiceOf(distribution: Distribution, id: number): Choice {
  const { id: top, runnerUp, probability: most, runnerUpProbability } = argmax(distribution);
  const probability = probabilityOf(distribution, id);
  const [other, next] = id === top ? [runnerUp, runnerUpProbability] : [top, most];
  return { id, probability, runnerUp: other, runnerUpProbability: next, tie: isTie(probability, next) };
}

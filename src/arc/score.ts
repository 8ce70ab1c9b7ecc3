import { area, equalGrids, type Grid, sameSize } from "./grid.ts";

/** How many answers ARC allows for one test input. */
export const ATTEMPTS = 2;

/** True if the prediction is the answer, cell by cell and in size. */
export const exact = equalGrids;

export const wrongSize = (prediction: Grid, answer: Grid): boolean => !sameSize(prediction, answer);

/** The fraction of the answer's cells that the prediction has right; 0 if its size is wrong. */
export function cellAccuracy(prediction: Grid, answer: Grid): number {
  if (wrongSize(prediction, answer)) return 0;
  let right = 0;
  answer.forEach((row, r) => {
    row.forEach((colour, c) => {
      if (prediction[r]![c] === colour) right++;
    });
  });
  return right / area(answer);
}

export interface AttemptScore {
  /** True if either of the first two attempts is the answer; null when no answer is known. */
  readonly correct: boolean | null;
  /** The same of the first attempt alone. */
  readonly firstCorrect: boolean | null;
}

/** Scores the attempts at one test input by ARC's rule. Attempts after the second count for nothing. */
export function scoreAttempts(attempts: readonly Grid[], answer?: Grid): AttemptScore {
  if (answer === undefined) return { correct: null, firstCorrect: null };
  const right = attempts.slice(0, ATTEMPTS).map((attempt) => exact(attempt, answer));
  return { correct: right.includes(true), firstCorrect: right[0] ?? false };
}

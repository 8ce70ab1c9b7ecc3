/**
 * Solves puzzles from their demonstrations alone, with rules written apart from the families: every hidden
 * parameter is tried, and those that explain all demonstrations must agree on the right answer.
 */
import { describe, expect, test } from "vitest";
import { equalGrids, type Grid } from "../arc/grid.ts";
import type { Pair } from "../arc/task.ts";
import { families, generatePuzzle, type Level, levels } from "./index.ts";
import type { Guess, Solver } from "./testing/guess.ts";
import { resizingSolvers } from "./testing/resizing.ts";
import { sameSizeSolvers } from "./testing/same-size.ts";

const solvers: Record<keyof typeof families, Solver> = { ...sameSizeSolvers, ...resizingSolvers };

/** A guess that makes no sense of a grid does not explain it. */
function attempt(guess: Guess, grid: Grid): Grid | undefined {
  try {
    return guess(grid);
  } catch {
    return undefined;
  }
}

const explains = (guess: Guess, { input, output }: Pair) => {
  const answer = attempt(guess, input);
  return answer?.[0] !== undefined && equalGrids(answer, output);
};

describe.each(Object.values(families).map((family) => ({ name: family.name, family })))(
  "$name",
  ({ family }) => {
    test.each(Object.keys(levels) as Level[])("is solved from its demonstrations (%s)", (level) => {
      for (let seed = 0; seed < 6; seed++) {
        const puzzle = generatePuzzle(family, level, "rules", seed);
        const guesses = solvers[family.name as keyof typeof families](puzzle.train).filter((guess) =>
          puzzle.train.every((pair) => explains(guess, pair)),
        );
        const answers = new Set(
          guesses.map((guess) => JSON.stringify(attempt(guess, puzzle.test[0]!.input))),
        );
        expect({ id: puzzle.id, answers: [...answers] }).toEqual({
          id: puzzle.id,
          answers: [JSON.stringify(puzzle.test[0]!.output)],
        });
      }
    });
  },
);

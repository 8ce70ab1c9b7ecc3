import { describe, expect, it } from "vitest";
import { copyInput, mostFrequentOutput } from "./baselines.ts";
import type { Grid } from "./grid.ts";
import type { Task } from "./task.ts";

const one: Grid = [[1]];
const task = (train: readonly (readonly [Grid, Grid])[], test: Grid = one, answer?: Grid): Task => ({
  id: "t",
  train: train.map(([input, output]) => ({ input, output })),
  test: [answer ? { input: test, output: answer } : { input: test }],
});
/** A training task all of whose outputs are those given. */
const outputs = (...grids: Grid[]): Task => task(grids.map((grid) => [one, grid]));
/** A task that keeps its size, so that the size asked for is the input's. */
const same = task([[one, one]]);

describe("copyInput", () => {
  it("answers with a copy of the input", () => {
    const input = [[1, 2]];
    const answer = copyInput(same, input);
    expect(answer).toEqual(input);
    expect(answer).not.toBe(input);
  });
});

describe("mostFrequentOutput", () => {
  const row = (...cells: number[]): Grid => [cells];

  it("answers with the most frequent output of the guessed size", () => {
    const baseline = mostFrequentOutput([
      outputs(row(1, 2), row(3, 4), row(5, 5, 5)),
      outputs(row(3, 4), row(5, 5, 5), row(5, 5, 5)),
    ]);
    expect(baseline(same, row(0, 0))).toEqual(row(3, 4));
  });

  it("counts the answers of the training tasks where they are known", () => {
    const baseline = mostFrequentOutput([
      task([[one, row(1, 2)]], one, row(3, 4)),
      task([[one, row(5, 6)]], one, row(3, 4)),
    ]);
    expect(baseline(same, row(0, 0))).toEqual(row(3, 4));
  });

  it("answers cell by cell where no output occurs twice", () => {
    const baseline = mostFrequentOutput([outputs(row(1, 2, 3), row(1, 5, 6), row(4, 5, 9))]);
    expect(baseline(same, row(0, 0, 0))).toEqual(row(1, 5, 3));
  });

  it("answers with the most frequent colour where no output has the size", () => {
    const baseline = mostFrequentOutput([outputs(row(7, 7, 1))]);
    expect(baseline(same, [[0], [0]])).toEqual([[7], [7]]);
    expect(mostFrequentOutput([])(same, row(4))).toEqual(row(0));
  });

  it("guesses the demonstrations' most frequent size where they do not keep the input's", () => {
    const baseline = mostFrequentOutput([outputs(row(1, 2), row(1, 2), row(9), row(9))]);
    const shrinking = task([
      [one, row(0)],
      [one, row(0, 0)],
      [one, row(5, 5)],
    ]);
    expect(baseline(shrinking, row(1, 2, 3))).toEqual(row(1, 2));
  });
});

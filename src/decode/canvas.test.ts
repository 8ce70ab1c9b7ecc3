import { describe, expect, it } from "vitest";
import { makeGrid } from "../arc/grid.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { gridTokens, sizeToken, TOKEN } from "../sequence/tokens.ts";
import { candidateOf, canvasInput, cellChoices, commit, openCanvas, takeFrame } from "./canvas.ts";
import type { Choice } from "./distribution.ts";
import { OPEN } from "./frames.ts";

const choice = (id: number, probability: number, more: Partial<Choice> = {}): Choice => ({
  id,
  probability,
  runnerUp: id + 1,
  runnerUpProbability: 0.01,
  close: false,
  ...more,
});
const open = (rows: number, columns: number) =>
  openCanvas(choice(sizeToken(rows), 0.5), choice(sizeToken(columns), 0.25));

describe("a canvas", () => {
  it("is open at first, and its tokens are those of a grid of masks", () => {
    const canvas = open(2, 3);
    expect(canvas).toMatchObject({ rows: 2, columns: 3, cells: new Array(6).fill(TOKEN.mask) });
    expect(canvasInput(canvas, 6)).toEqual(
      gridTokens(
        makeGrid(2, 3, () => TOKEN.mask),
        6,
      ),
    );
    commit(canvas, 4, choice(7, 0.5));
    const grid = makeGrid(2, 3, (r, c) => (r === 1 && c === 1 ? 7 : TOKEN.mask));
    expect(canvasInput(canvas, 6)).toEqual(gridTokens(grid, 6));
  });

  it("takes each cell's choice from the cell's own row of logits", () => {
    const table = new Float32Array(10 * 64);
    // Tokens: height, width, three cells, row end, three cells, row end; cell n is to hold colour n + 1.
    for (const [cell, token] of [2, 3, 4, 6, 7, 8].entries()) {
      table[token * 64 + cell + 1] = 5;
      table[token * 64 + 20] = 9;
    }
    const choices = cellChoices(open(2, 3), table, tinyConfig());
    expect(choices.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { probability } of choices)
      expect(probability).toBeCloseTo(Math.exp(5) / (Math.exp(5) + 9), 6);
  });

  it("has the probability of all its choices, sizes included", () => {
    const canvas = open(1, 2);
    commit(canvas, 1, choice(3, 0.5));
    commit(canvas, 0, choice(4, 0.8));
    expect(candidateOf(canvas).logProbability).toBeCloseTo(Math.log(0.5 * 0.25 * 0.5 * 0.8), 12);
  });

  it("has for its runner-up the grid with the narrowest choice, the first of equals, decided otherwise", () => {
    const canvas = open(2, 2);
    commit(canvas, 3, choice(1, 0.9));
    commit(canvas, 2, choice(1, 0.5, { runnerUp: 8, runnerUpProbability: 0.25 }));
    commit(canvas, 1, choice(1, 0.45, { runnerUp: 6, runnerUpProbability: 0.2 }));
    commit(canvas, 0, choice(1, 0.4));
    expect(candidateOf(canvas)).toMatchObject({
      grid: [
        [1, 1],
        [1, 1],
      ],
      runnerUp: [
        [1, 1],
        [8, 1],
      ],
    });
  });

  it("gives frames of their own, each with the ties since the last", () => {
    const canvas = openCanvas(
      choice(sizeToken(1), 0.5, { close: true }),
      choice(sizeToken(2), 0.5, { close: true }),
    );
    commit(canvas, 1, choice(3, 0.5, { close: true }));
    const first = takeFrame(canvas, 4, [1]);
    commit(canvas, 0, choice(2, 0.75));
    const second = takeFrame(canvas, 5, [0]);
    const frame = { shape: [1, 2], retracted: [] };
    expect([first, second]).toEqual([
      { ...frame, pass: 4, slots: [OPEN, 3], confidence: [0, 0.5], committed: [1], ties: 3 },
      { ...frame, pass: 5, slots: [2, 3], confidence: [0.75, 0.5], committed: [0], ties: 0 },
    ]);
  });
});

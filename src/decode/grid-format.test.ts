import { describe, expect, it } from "vitest";
import { makeGrid } from "../arc/grid.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { gridTokens, sizeToken, TOKEN, type Token } from "../sequence/tokens.ts";
import { OPEN } from "./frames.ts";
import { gridLayout, gridSizes } from "./grid-format.ts";
import type { NextToken, Reader } from "./prompt.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { distributionsOf } from "./rounds.ts";
import { newTies } from "./ties.ts";

describe("the layout of a grid", () => {
  const layout = gridLayout(2, 3, 6);

  it("has tokens like those of a grid, masks where a slot is open", () => {
    const filled = [1, OPEN, 3, 4, OPEN, 6];
    const grid = makeGrid(2, 3, (r, c) => (c === 1 ? TOKEN.mask : 1 + r * 3 + c));
    expect(layout.tokens(filled)).toEqual(gridTokens(grid, 6));
    expect(layout.length).toBe(10);
    expect(layout.tokens(filled, 3, 7)).toEqual(gridTokens(grid, 6).slice(3, 7));
    expect(layout.read([1, 2, 3, 4, 5, 6])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it("has a slot for each cell, where its token lies, and what is predicted there is the cell's", () => {
    expect(layout.shape).toEqual([2, 3]);
    expect(layout.slots.map(({ index }) => index)).toEqual([2, 3, 4, 6, 7, 8]);
    const logits = new Float32Array(6 * 64);
    for (let cell = 0; cell < 6; cell++) {
      logits[cell * 64 + cell + 1] = 5;
      logits[cell * 64 + 20] = 9;
    }
    const all = [...layout.slots.keys()];
    for (const [cell, { first, probabilities }] of distributionsOf({ layout }, all, logits).entries()) {
      expect([first, probabilities.length]).toEqual([0, 10]);
      expect(probabilities[cell + 1]).toBeCloseTo(Math.exp(5) / (Math.exp(5) + 9), 6);
    }
  });

  it("is divided into rows or into so many tokens, each of the two sizes for itself", () => {
    expect(layout.blockEnds(null, false)).toEqual([1, 2, 6, 6, 6, 6, 10, 10, 10, 10]);
    expect(layout.blockEnds(null, true)).toEqual([1, 5, 5, 5, 5, 9, 9, 9, 9, 10]);
    expect(layout.blockEnds(3, false)).toEqual([1, 2, 5, 5, 5, 8, 8, 8, 10, 10]);
  });
});

describe("the format of a grid", () => {
  const task = { id: "a", train: [], test: [{ input: [[1, 2, 3]] }] };
  const { format } = promptOf({ config: tinyConfig() }, task);

  it("spells an answer id by id as its tokens lie, row ends with the cell before them", () => {
    const answer = [
      [1, 2],
      [3, 4],
    ];
    const ids = format.script.idsOf(answer);
    expect(ids).toEqual([sizeToken(2), sizeToken(2), 1, 2, 3, 4]);
    const tokens: Token[] = [];
    for (const [i] of ids.entries()) {
      expect(format.script.slotAfter(ids.slice(0, i))).toMatchObject(
        i < 2 ? { first: sizeToken(1), count: 30 } : { first: 0, count: 10 },
      );
      tokens.push(...format.script.tokensOf(ids.slice(0, i + 1)));
    }
    expect(format.script.slotAfter(ids)).toBeUndefined();
    expect(tokens).toEqual(gridTokens(answer, format.grid!.number));
    const chosen = ids.map((id) => ({
      id,
      probability: 0.5,
      runnerUp: 0,
      runnerUpProbability: 0,
      tie: false,
    }));
    expect(format.script.canvasOf(chosen.slice(0, 1), newTies())).toBeUndefined();
    const canvas = format.script.canvasOf(chosen.slice(0, 4), newTies())!;
    expect(canvas.ids).toEqual([1, 2, OPEN, OPEN]);
    expect(canvas.logProbability).toBeCloseTo(4 * Math.log(0.5), 12);
  });

  it("knows the test input, and asks a model for the height and the widths once each, widths in one pass", async () => {
    expect(format.grid!.input).toEqual([[1, 2, 3]]);
    const asked: (readonly NextToken[])[] = [];
    const known = new Map<string, Promise<unknown>>();
    const reader: Reader = {
      async next(questions) {
        asked.push(questions);
        return questions.map(({ tokens: [height] }) => {
          const logits = new Float32Array(64);
          logits[height ? height.id + 1 : sizeToken(4)] = 9;
          return logits;
        });
      },
      once<T>(key: string, work: () => Promise<T>) {
        const found = (known.get(key) as Promise<T> | undefined) ?? work();
        known.set(key, found);
        return found;
      },
    };
    const { layout, decided } = await format.layOut(reader, undefined);
    expect(layout.shape).toEqual([4, 5]);
    expect(decided.map(({ id }) => id)).toEqual([sizeToken(4), sizeToken(5)]);
    const sizes = gridSizes(reader, format.grid!.number);
    expect(
      (await sizes.widths(4, 2, 7)).map(
        ({ probabilities }) => 1 + probabilities.indexOf(Math.max(...probabilities)),
      ),
    ).toEqual([5, 3, 8]);
    await sizes.heights();
    await sizes.widths(2);
    expect(asked.map((questions) => questions.map(({ tokens }) => tokens.map(({ id }) => id)))).toEqual([
      [[]],
      [[sizeToken(4)]],
      [[sizeToken(2)], [sizeToken(7)]],
    ]);
  });
});

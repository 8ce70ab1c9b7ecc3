import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { area, type Grid, height, makeGrid, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import {
  answerGrid,
  answerTokens,
  canvasLength,
  canvasTokens,
  cellIndex,
  gridEnds,
  gridPositions,
  gridTokens,
  isSize,
  promptTokens,
  readGrid,
  sideOf,
  sizeSlot,
  sizeToken,
  TOKEN,
  VOCABULARY,
} from "./tokens.ts";

const colour = fc.integer({ min: 0, max: 9 });
const gridUpTo = (side: number): fc.Arbitrary<Grid> =>
  fc.tuple(fc.integer({ min: 1, max: side }), fc.integer({ min: 1, max: side })).chain(([rows, columns]) =>
    fc.array(fc.array(colour, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
const pairs = fc.record({ input: gridUpTo(6), output: gridUpTo(6) });
const tasks: fc.Arbitrary<Task> = fc.record({
  id: fc.constant("t"),
  train: fc.array(pairs, { minLength: 1, maxLength: 4 }),
  test: fc.array(pairs, { minLength: 1, maxLength: 2 }),
});

const ids = (tokens: readonly { id: number }[]): number[] => tokens.map(({ id }) => id);
const refusal = (f: () => unknown): JigsawError => {
  try {
    f();
  } catch (error) {
    if (error instanceof JigsawError) return error;
    throw error;
  }
  throw new Error("was not refused");
};

describe("the vocabulary", () => {
  it("gives every meaning an id of its own, inside the vocabulary", () => {
    const { sizeBase: _, ...named } = TOKEN;
    const sizes = Array.from({ length: 30 }, (_, i) => sizeToken(i + 1));
    const all = [...Array(10).keys(), ...Object.values(named), ...sizes];
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...all)).toBeLessThan(VOCABULARY);
  });

  it("knows sizes 1 to 30, and nothing else, as sizes", () => {
    const sizes = [...Array(VOCABULARY).keys()].filter(isSize);
    expect(sizes.map(sideOf)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });
});

describe("a grid's tokens", () => {
  it("read back as the same grid, whatever follows them", () => {
    fc.assert(
      fc.property(gridUpTo(30), fc.array(fc.nat(63), { maxLength: 3 }), (grid, more) => {
        expect(readGrid([...ids(gridTokens(grid, 1)), ...more])).toEqual(grid);
      }),
    );
  });

  it("are height, width, then rows closed by row ends", () => {
    const grid = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expect(ids(gridTokens(grid, 4))).toEqual([18, 19, 1, 2, 3, 10, 4, 5, 6, 10]);
    expect(ids(answerTokens(grid, 4)).at(-1)).toBe(TOKEN.end);
  });

  it("have each cell at its index, at its place from every edge", () => {
    fc.assert(
      fc.property(gridUpTo(30), fc.integer({ min: 1, max: 9 }), (grid, index) => {
        const tokens = gridTokens(grid, index);
        const [rows, columns] = [height(grid), width(grid)];
        expect(tokens.length).toBe(canvasLength(rows, columns));
        expect(tokens.map(({ place }) => place)).toEqual(gridPositions(rows, columns, index));
        for (const [r, line] of grid.entries()) {
          for (const [c, value] of line.entries()) {
            expect(tokens[cellIndex(r, c, columns)]).toEqual({
              id: value,
              place: { grid: index, row: r + 1, column: c + 1, below: rows - r, right: columns - c },
            });
          }
          const end = tokens[cellIndex(r, columns, columns)]!;
          expect(end).toEqual({
            id: TOKEN.rowEnd,
            place: { grid: index, row: r + 1, column: columns + 1, below: rows - r, right: 0 },
          });
        }
      }),
      { numRuns: 10 },
    );
  });

  it("all stand at different places, within the learned tables", () => {
    const grid = makeGrid(30, 30, () => 0);
    const places = answerTokens(grid, 2).map(({ place }) => place);
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(places.length);
    for (const { row, column, below, right } of places) {
      expect(Math.max(row, column, below, right)).toBeLessThan(32);
      expect(Math.min(row, column, below, right)).toBeGreaterThanOrEqual(0);
    }
  });

  it("ask for a size at the very places where the sizes stand", () => {
    const [rows, columns] = gridPositions(3, 4, 8);
    expect(sizeSlot("height", 8)).toEqual({ id: TOKEN.mask, place: rows });
    expect(sizeSlot("width", 8)).toEqual({ id: TOKEN.mask, place: columns });
  });

  it("take their cells from a function of row and column", () => {
    const tokens = canvasTokens(2, 3, 1, (r, c) => r * 3 + c);
    expect(readGrid(ids(tokens))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});

describe("reading a grid", () => {
  const good = ids(gridTokens([[1, 2]], 1));
  it.each([
    ["nothing", []],
    ["no width", good.slice(0, 1)],
    ["a colour for a height", [3, ...good.slice(1)]],
    ["a mask for a width", [good[0]!, TOKEN.mask, ...good.slice(2)]],
    ["backspace for a height", [TOKEN.backspace, ...good.slice(1)]],
    ["a size beyond 30", [TOKEN.sizeBase + 31, ...good.slice(1)]],
    ["a missing cell", good.slice(0, 3)],
    ["an open cell", good.with(3, TOKEN.mask)],
    ["a row end among cells", good.with(2, TOKEN.rowEnd)],
  ])("refuses %s", (_, tokens) => {
    expect(refusal(() => readGrid(tokens)).code).toBe("bad-task");
  });

  it("names the cell at fault", () => {
    expect(refusal(() => readGrid(good.with(3, TOKEN.mask))).message).toContain("cell (0, 1) holds token 16");
  });
});

describe("a prompt", () => {
  it("is begin, every pair in order, the test input, and the mark of the answer", () => {
    fc.assert(
      fc.property(tasks, (task) => {
        for (const [t, test] of task.test.entries()) {
          const wanted = [
            TOKEN.begin,
            ...task.train.flatMap(({ input, output }) => [
              TOKEN.input,
              ...ids(gridTokens(input, 0)),
              TOKEN.output,
              ...ids(gridTokens(output, 0)),
            ]),
            TOKEN.input,
            ...ids(gridTokens(test.input, 0)),
            TOKEN.output,
          ];
          expect(ids(promptTokens(task, t))).toEqual(wanted);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("numbers its grids, inputs odd and outputs even, and ends at the answer's", () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const tokens = promptTokens(task);
        const grids = tokens.map(({ place }) => place.grid);
        const last = answerGrid(task.train.length);
        expect([...new Set(grids)]).toEqual([...Array(last + 1).keys()]);
        expect(grids).toEqual(grids.toSorted((a, b) => a - b));
        expect(tokens.at(-1)).toEqual({
          id: TOKEN.output,
          place: { grid: last, row: 0, column: 0, below: 0, right: 0 },
        });
        for (const { id, place } of tokens) {
          if (id === TOKEN.input) expect(place.grid % 2).toBe(1);
          if (id === TOKEN.output) expect(place.grid % 2).toBe(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("never tells the test's output", () => {
    fc.assert(
      fc.property(tasks, gridUpTo(6), (task, other) => {
        const changed = { ...task, test: task.test.map((test) => ({ ...test, output: other })) };
        expect(promptTokens(changed)).toEqual(promptTokens(task));
      }),
      { numRuns: 30 },
    );
  });

  it("tells where each token's grid ends; marks stand alone", () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const tokens = promptTokens(task);
        const ends = gridEnds(tokens);
        const marks: readonly number[] = [TOKEN.begin, TOKEN.input, TOKEN.output];
        for (const [i, { id, place }] of tokens.entries()) {
          // By definition: the last token of the same grid, unless the token is a mark.
          const last = tokens.findLastIndex((other) => other.place.grid === place.grid);
          expect(ends[i]).toBe(marks.includes(id) ? i + 1 : last + 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("has as many tokens as its grids and marks", () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const grids = [...task.train.flatMap(({ input, output }) => [input, output]), task.test[0]!.input];
        const cells = grids.reduce((sum, grid) => sum + area(grid) + height(grid) + 2, 0);
        expect(promptTokens(task).length).toBe(cells + grids.length + 2);
      }),
      { numRuns: 30 },
    );
  });
});

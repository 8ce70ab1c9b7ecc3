import { describe, expect, it } from "vitest";
import { families, generatePuzzle } from "../puzzles/index.ts";
import { makeGrid } from "./grid.ts";
import { sizeByRule } from "./size-rules.ts";
import type { Task } from "./task.ts";

type Side = readonly [rows: number, columns: number];

/** A task of blank grids: demonstrations as [input, output] sizes, and the test input's size. */
const taskOf = (pairs: readonly (readonly [Side, Side])[], test: Side): Task => {
  const blank = ([rows, columns]: Side) => makeGrid(rows, columns, () => 0);
  const train = pairs.map(([input, output]) => ({ input: blank(input), output: blank(output) }));
  return { id: "sizes", train, test: [{ input: blank(test) }] };
};

describe("sizeByRule", () => {
  const cases: Record<string, [Task, ReturnType<typeof sizeByRule>]> = {
    kept: [
      taskOf(
        [
          [
            [3, 4],
            [3, 4],
          ],
          [
            [5, 2],
            [5, 2],
          ],
        ],
        [7, 6],
      ),
      { rows: 7, columns: 6 },
    ],
    doubled: [
      taskOf(
        [
          [
            [2, 3],
            [4, 6],
          ],
          [
            [3, 2],
            [6, 4],
          ],
        ],
        [5, 4],
      ),
      { rows: 10, columns: 8 },
    ],
    halved: [
      taskOf(
        [
          [
            [4, 6],
            [2, 3],
          ],
          [
            [6, 2],
            [3, 1],
          ],
        ],
        [8, 4],
      ),
      { rows: 4, columns: 2 },
    ],
    "one cell more around": [
      taskOf(
        [
          [
            [3, 4],
            [5, 6],
          ],
          [
            [5, 2],
            [7, 4],
          ],
        ],
        [4, 4],
      ),
      { rows: 6, columns: 6 },
    ],
    "always the same": [
      taskOf(
        [
          [
            [3, 4],
            [1, 1],
          ],
          [
            [5, 2],
            [1, 1],
          ],
        ],
        [7, 6],
      ),
      { rows: 1, columns: 1 },
    ],
    transposed: [
      taskOf(
        [
          [
            [3, 4],
            [4, 3],
          ],
          [
            [5, 2],
            [2, 5],
          ],
        ],
        [7, 6],
      ),
      { rows: 6, columns: 7 },
    ],
    "one side doubled": [
      taskOf(
        [
          [
            [2, 3],
            [2, 6],
          ],
          [
            [4, 2],
            [4, 4],
          ],
        ],
        [5, 5],
      ),
      { rows: 5, columns: 10 },
    ],
    "from the content": [
      taskOf(
        [
          [
            [4, 4],
            [2, 3],
          ],
          [
            [5, 5],
            [1, 4],
          ],
        ],
        [6, 6],
      ),
      undefined,
    ],
    "two rules that disagree": [
      taskOf(
        [
          [
            [3, 3],
            [6, 6],
          ],
          [
            [3, 3],
            [6, 6],
          ],
        ],
        [4, 4],
      ),
      undefined,
    ],
    "a part that is no whole number": [
      taskOf(
        [
          [
            [4, 4],
            [2, 2],
          ],
          [
            [6, 6],
            [3, 3],
          ],
        ],
        [5, 5],
      ),
      undefined,
    ],
    "beyond 30": [
      taskOf(
        [
          [
            [3, 3],
            [9, 9],
          ],
          [
            [4, 4],
            [12, 12],
          ],
        ],
        [11, 11],
      ),
      undefined,
    ],
  };
  it.each(Object.entries(cases))("%s", (_, [task, size]) => {
    expect(sizeByRule(task, 0)).toEqual(size);
  });

  it("is right on every puzzle of a family that keeps its input's size, unless a coincidence leaves it open", () => {
    for (const family of Object.values(families).filter(({ resizes }) => !resizes)) {
      for (let i = 0; i < 5; i++) {
        const task = generatePuzzle(family, "medium", "size rules", i);
        const [rows, columns] = [task.test[0]!.output!.length, task.test[0]!.output![0]!.length];
        expect([undefined, `${rows}x${columns}`]).toContain(
          ((size) => size && `${size.rows}x${size.columns}`)(sizeByRule(task, 0)),
        );
      }
    }
  });
});

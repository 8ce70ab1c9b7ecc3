import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { line, moved, rectangle } from "./region.ts";

const grid = fc.record({ rows: fc.integer({ min: 1, max: 30 }), columns: fc.integer({ min: 1, max: 30 }) });
const twoCells = grid.chain(({ rows, columns }) => {
  const cell = fc.nat(rows * columns - 1);
  return fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), a: cell, b: cell });
});

describe("regions of a grid", () => {
  it("are all cells between two corners, whichever come first", () => {
    expect(rectangle(1, 8, 4)).toEqual([0, 1, 4, 5, 8, 9]);
    fc.assert(
      fc.property(twoCells, ({ rows, columns, a, b }) => {
        const within = (cell: number) => {
          const between = (x: number, y: number, z: number) => Math.min(x, y) <= z && z <= Math.max(x, y);
          const row = (at: number) => Math.floor(at / columns);
          return between(row(a), row(b), row(cell)) && between(a % columns, b % columns, cell % columns);
        };
        const expected = Array.from({ length: rows * columns }, (_, cell) => cell).filter(within);
        expect(rectangle(a, b, columns)).toEqual(expected);
        expect(rectangle(b, a, columns)).toEqual(expected);
      }),
    );
  });

  it("are lines without gaps, from the first cell to the last", () => {
    fc.assert(
      fc.property(twoCells, ({ columns, a, b }) => {
        const cells = line(a, b, columns);
        expect([cells[0], cells.at(-1)]).toEqual([a, b]);
        for (const [i, cell] of cells.slice(1).entries()) {
          const before = cells[i]!;
          const apart = Math.max(
            Math.abs(Math.floor(cell / columns) - Math.floor(before / columns)),
            Math.abs((cell % columns) - (before % columns)),
          );
          expect(apart).toBe(1);
        }
      }),
    );
  });

  it("are left by no key", () => {
    const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"];
    fc.assert(
      fc.property(twoCells, fc.constantFrom(...keys), fc.boolean(), ({ rows, columns, a }, key, far) => {
        const to = moved(key, a, rows, columns, far)!;
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(rows * columns);
        // Sideways one stays in the row, upwards in the column.
        if (key === "ArrowLeft" || key === "ArrowRight")
          expect(Math.floor(to / columns)).toBe(Math.floor(a / columns));
        if (key === "ArrowUp" || key === "ArrowDown") expect(to % columns).toBe(a % columns);
      }),
    );
    expect(moved("a", 0, 3, 3, false)).toBeUndefined();
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Grid } from "../../../arc/grid.ts";
import { taskSchema } from "../../shared/protocol.ts";
import {
  change,
  type Edit,
  type Editing,
  faultOf,
  gridAt,
  newDraft,
  newEditing,
  patchOf,
  redo,
  resizeGrid,
  undo,
  type Where,
} from "./editor.ts";

const IN: Where = { part: "train", index: 0, side: "input" };
const acted = (editing: Editing, ...edits: Edit[]): Editing =>
  edits.reduce((now, edit) => change(now, edit), editing);

describe("the editor", () => {
  it("fills what hangs together by its sides, and nothing across corners", () => {
    const grid = [
      [0, 0, 3],
      [3, 3, 0],
      [0, 3, 0],
    ];
    expect(patchOf(grid, 0)).toEqual([0, 1]);
    expect(patchOf(grid, 3).sort()).toEqual([3, 4, 7]);
    expect(patchOf(grid, 5).sort()).toEqual([5, 8]);
  });

  it("fills every cell that can be reached, as a walk over all cells finds them", () => {
    const grid = fc.array(fc.array(fc.nat(1), { minLength: 6, maxLength: 6 }), {
      minLength: 5,
      maxLength: 5,
    });
    fc.assert(
      fc.property(grid, fc.nat(29), (cells: Grid, start) => {
        // Spreads until nothing more is reached.
        const reached = new Set([start]);
        for (let before = 0; before !== reached.size; ) {
          before = reached.size;
          for (let cell = 0; cell < 30; cell++) {
            const colour = cells[Math.floor(cell / 6)]![cell % 6];
            const near = [
              cell - 6,
              cell + 6,
              ...(cell % 6 ? [cell - 1] : []),
              ...(cell % 6 < 5 ? [cell + 1] : []),
            ];
            if (
              colour === cells[Math.floor(start / 6)]![start % 6] &&
              near.some((other) => reached.has(other))
            )
              reached.add(cell);
          }
        }
        expect(new Set(patchOf(cells, start))).toEqual(reached);
      }),
    );
  });

  it("keeps what fits when a grid is made smaller or larger, within 1 and 30", () => {
    const grid = [
      [1, 2],
      [3, 4],
    ];
    expect(resizeGrid(grid, 1, 3)).toEqual([[1, 2, 0]]);
    expect(resizeGrid(grid, 0, 99).length).toBe(1);
    expect(resizeGrid(grid, 0, 99)[0]!.length).toBe(30);
  });

  it("copies an input to its output, an answer's too", () => {
    const editing = acted(
      newEditing(),
      { type: "paint", where: IN, cells: [5], colour: 7 },
      { type: "copy-input", part: "train", index: 0 },
      { type: "copy-input", part: "test", index: 0 },
    );
    expect(editing.draft.train[0]!.output).toEqual(gridAt(editing.draft, IN));
    expect(editing.draft.test[0]!.output).toEqual(editing.draft.test[0]!.input);
    const without = acted(editing, { type: "remove-answer", part: "test", index: 0 });
    expect(without.draft.test[0]).toEqual({ input: editing.draft.test[0]!.input });
  });

  it("undoes a stroke as a whole, and everything back to the beginning", () => {
    const start = newEditing();
    const first = change(start, { type: "paint", where: IN, cells: [0], colour: 3 });
    const stroke = change(first, { type: "paint", where: IN, cells: [1], colour: 3 }, false);
    const more = change(stroke, { type: "add", part: "train", index: 1 });
    expect(undo(more).draft).toEqual(stroke.draft);
    expect(undo(undo(more)).draft).toEqual(start.draft);
    expect(redo(redo(undo(undo(more)))).draft).toEqual(more.draft);
    expect(undo(undo(undo(more))).draft).toEqual(start.draft);
  });

  it("always has one demonstration and one test input", () => {
    const editing = acted(
      newEditing(),
      { type: "remove", part: "train", index: 0 },
      { type: "remove", part: "test", index: 0 },
    );
    expect(editing).toEqual(newEditing());
  });

  it("makes nothing that the studio would refuse, whatever is done", () => {
    const where = fc.record({
      part: fc.constant("train" as const),
      index: fc.constant(0),
      side: fc.constantFrom("input" as const, "output" as const),
    });
    const edit: fc.Arbitrary<Edit> = fc.oneof(
      fc.record({
        type: fc.constant("paint" as const),
        where,
        cells: fc.array(fc.nat(40)),
        colour: fc.nat(9),
      }),
      fc.record({ type: fc.constant("fill" as const), where, cell: fc.constant(0), colour: fc.nat(9) }),
      fc.record({
        type: fc.constant("resize" as const),
        where,
        rows: fc.integer({ min: -2, max: 40 }),
        columns: fc.integer({ min: -2, max: 40 }),
      }),
      fc.record({
        type: fc.constantFrom("add" as const, "remove" as const),
        part: fc.constantFrom("train" as const, "test" as const),
        index: fc.constant(0),
      }),
      fc.record({
        type: fc.constant("copy-input" as const),
        part: fc.constantFrom("train" as const, "test" as const),
        index: fc.constant(0),
      }),
      fc.record({ type: fc.constant("clear" as const), where }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 10 }), (edits) => {
        expect(taskSchema.safeParse(acted(newEditing(), ...edits).draft).success).toBe(true);
      }),
    );
  });

  it("says what is missing", () => {
    expect(faultOf(newDraft())).toContain("Demonstration 1");
    const drawn = acted(newEditing(), {
      type: "paint",
      where: { ...IN, side: "output" },
      cells: [0],
      colour: 1,
    });
    expect(faultOf(drawn.draft)).toBeUndefined();
    expect(faultOf({ ...drawn.draft, id: " " })).toContain("name");
  });
});

import { describe, expect, it } from "vitest";
import { type Grid, height, makeGrid, width } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { editing } from "./edit-grammar.ts";
import { followScript, scriptOf } from "./edit-script.ts";
import { sizeToken, TOKEN } from "./tokens.ts";

const { edit, keep, set, write, rowEnd } = TOKEN;
const size = sizeToken;
const follow = (draft: Grid, answer: Grid, ids: readonly number[]) =>
  followScript(draft, height(answer), width(answer), 4, ids);

describe("edit scripts", () => {
  it("keep, set or write a row, whichever is the shortest", () => {
    const draft = [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ];
    const answer = [
      [1, 2, 3, 4, 5],
      [1, 0, 3, 4, 6],
      [0, 2, 0, 4, 0],
    ];
    expect(scriptOf(draft, answer)).toEqual([
      ...[edit, keep, rowEnd],
      ...[set, size(2), 0, size(5), 6, rowEnd],
      ...[write, 0, 2, 0, 4, 0, rowEnd],
    ]);
  });

  it("crop by deleting, frame by inserting", () => {
    const framed = [
      [0, 0, 0, 0],
      [0, 1, 2, 0],
      [0, 3, 4, 0],
      [0, 0, 0, 0],
    ];
    const inside = [
      [1, 2],
      [3, 4],
    ];
    const kept = [keep, rowEnd, keep, rowEnd];
    const { deleteRows, deleteColumns, insertRows, insertColumns } = TOKEN;
    const at = (kind: number, ...places: number[]) => places.flatMap((i) => [kind, size(i), size(1)]);
    expect(scriptOf(framed, inside)).toEqual([
      edit,
      ...at(deleteRows, 1, 3),
      ...at(deleteColumns, 1, 3),
      ...kept,
    ]);
    // New lines have the draft's commonest colour.
    const draft = [
      [5, 5, 5, 5],
      [1, 1, 2, 2],
      [3, 3, 4, 4],
    ];
    const spaced = [
      [5, 5, 5, 5, 5],
      [1, 1, 5, 2, 2],
      [5, 5, 5, 5, 5],
      [3, 3, 5, 4, 4],
    ];
    expect(scriptOf(draft, spaced)).toEqual([
      edit,
      ...at(insertRows, 3),
      ...at(insertColumns, 3),
      ...kept,
      ...kept,
    ]);
  });

  it("give the answer, for any two grids", () => {
    for (let seed = 0; seed < 300; seed++) {
      const r = random("scripts", seed);
      const colours = r.int(1, 4);
      const grid = () => makeGrid(r.int(1, 8), r.int(1, 8), () => r.int(1, colours));
      const [draft, answer] = [grid(), grid()];
      expect(follow(draft, answer, scriptOf(draft, answer)).grid).toEqual(answer);
    }
  });

  it("have one way to write a set of changes: no walk through the grammar gives operations that could be one", () => {
    for (let seed = 0; seed < 300; seed++) {
      const r = random("walks", seed);
      const draft = makeGrid(r.int(1, 5), r.int(1, 5), () => r.int(0, 2));
      const [rows, columns] = [r.int(1, 6), r.int(1, 6)];
      const ids: number[] = [];
      const steps = editing(draft, rows, columns, 4);
      for (let step = steps.next(); !step.done; ) {
        const id = r.pick(step.value.ids);
        expect(new Set(step.value.ids).size).toBe(step.value.ids.length);
        ids.push(id);
        step = steps.next(id);
      }
      const { grid } = followScript(draft, rows, columns, 4, ids);
      expect([height(grid), width(grid)]).toEqual([rows, columns]);
      const kinds = [TOKEN.deleteRows, TOKEN.insertRows, TOKEN.deleteColumns, TOKEN.insertColumns];
      for (const kind of kinds) {
        const runs = ids.flatMap((id, i) =>
          id === kind ? [{ at: ids[i + 1]!, count: ids[i + 2]! - size(0) }] : [],
        );
        for (const [i, { at }] of runs.entries()) {
          const before = runs[i - 1];
          const grown = kind === TOKEN.insertRows || kind === TOKEN.insertColumns ? before?.count : 0;
          if (before) expect(at).toBeGreaterThan(before.at + grown!);
        }
      }
    }
  });

  it("are refused where the grammar does not allow them", () => {
    const draft = [[1, 2, 3]];
    const of =
      (...ids: number[]) =>
      () =>
        follow(draft, draft, ids);
    expect(of(edit, keep)).toThrow(/some are missing/);
    expect(of(edit, keep, rowEnd, keep)).toThrow(/1 are left over/);
    expect(of(edit, set, size(2), 2)).toThrow(/number 4 is 2, where/);
    expect(of(edit, set, size(2), 3, size(1))).toThrow(/number 5/);
    expect(of(edit, set, rowEnd)).toThrow(/number 3/);
  });
});

// A puzzle that is drawn by hand, as data with its history. Pure.
import { equalGrids, type Grid, height, MAX_SIDE, makeGrid, width } from "../../../arc/grid.ts";
import type { Task } from "../../../arc/task.ts";

/** A puzzle that is being drawn. */
export type Draft = Task;

/** Which of a draft's grids. */
export interface Where {
  readonly part: "train" | "test";
  readonly index: number;
  readonly side: "input" | "output";
}

/** A change of a draft. */
export type Edit =
  | {
      readonly type: "paint";
      readonly where: Where;
      readonly cells: readonly number[];
      readonly colour: number;
    }
  | { readonly type: "fill"; readonly where: Where; readonly cell: number; readonly colour: number }
  | { readonly type: "resize"; readonly where: Where; readonly rows: number; readonly columns: number }
  | { readonly type: "copy-input"; readonly part: Where["part"]; readonly index: number }
  | { readonly type: "clear"; readonly where: Where }
  | { readonly type: "add" | "remove-answer"; readonly part: Where["part"]; readonly index: number }
  | { readonly type: "remove"; readonly part: Where["part"]; readonly index: number }
  | { readonly type: "rename"; readonly id: string }
  | { readonly type: "load"; readonly task: Draft };

/** A draft with its undo history. */
export interface Editing {
  readonly draft: Draft;
  readonly past: readonly Draft[];
  readonly future: readonly Draft[];
}

const MOST_PAST = 200;
const SIDE = 4;

const blank = (rows = SIDE, columns = SIDE): Grid => makeGrid(rows, columns, () => 0);

/** A draft of one demonstration and one test input, both black. */
export const newDraft = (): Draft => ({
  id: "my-puzzle",
  train: [{ input: blank(), output: blank() }],
  test: [{ input: blank() }],
});

/** An editor without history. */
export const newEditing = (draft: Draft = newDraft()): Editing => ({ draft, past: [], future: [] });

/** The grid at a place of a draft; undefined where there is none. */
export const gridAt = ({ train, test }: Draft, { part, index, side }: Where): Grid | undefined =>
  (part === "train" ? train : test)[index]?.[side];

function withGrid(draft: Draft, { part, index, side }: Where, grid: Grid): Draft {
  const changed = { [side]: grid };
  if (part === "train")
    return { ...draft, train: draft.train.with(index, { ...draft.train[index]!, ...changed }) };
  return { ...draft, test: draft.test.with(index, { ...draft.test[index]!, ...changed }) };
}

/** The grid with cells painted. */
export function paintCells(grid: Grid, cells: readonly number[], colour: number): Grid {
  const chosen = new Set(cells);
  const columns = width(grid);
  return grid.map((row, r) => row.map((value, c) => (chosen.has(r * columns + c) ? colour : value)));
}

/** The cells that hang together with one by their sides and have its colour. */
export function patchOf(grid: Grid, cell: number): number[] {
  const [rows, columns] = [height(grid), width(grid)];
  const colour = grid[Math.floor(cell / columns)]![cell % columns];
  const found = new Set([cell]);
  // A set that grows while it is gone through hands out what was added, too.
  for (const at of found) {
    const [r, c] = [Math.floor(at / columns), at % columns];
    for (const [nr, nc] of [
      [r - 1, c],
      [r + 1, c],
      [r, c - 1],
      [r, c + 1],
    ] as const) {
      if (nr >= 0 && nr < rows && nc >= 0 && nc < columns && grid[nr]![nc] === colour)
        found.add(nr * columns + nc);
    }
  }
  return [...found];
}

const clamp = (side: number): number => Math.min(MAX_SIDE, Math.max(1, side));

/** What fits stays, the rest is black. */
export const resizeGrid = (grid: Grid, rows: number, columns: number): Grid =>
  makeGrid(clamp(rows), clamp(columns), (r, c) => grid[r]?.[c] ?? 0);

function apply(draft: Draft, edit: Edit): Draft {
  switch (edit.type) {
    case "paint": {
      const grid = gridAt(draft, edit.where)!;
      return withGrid(draft, edit.where, paintCells(grid, edit.cells, edit.colour));
    }
    case "fill": {
      const grid = gridAt(draft, edit.where)!;
      return withGrid(draft, edit.where, paintCells(grid, patchOf(grid, edit.cell), edit.colour));
    }
    case "resize":
      return withGrid(draft, edit.where, resizeGrid(gridAt(draft, edit.where)!, edit.rows, edit.columns));
    case "clear": {
      const grid = gridAt(draft, edit.where)!;
      return withGrid(draft, edit.where, blank(height(grid), width(grid)));
    }
    case "copy-input": {
      const { part, index } = edit;
      const input = gridAt(draft, { part, index, side: "input" })!;
      return withGrid(draft, { part, index, side: "output" }, input);
    }
    case "add": {
      if (edit.part === "test") return { ...draft, test: [...draft.test, { input: blank() }] };
      const like = draft.train.at(-1)!;
      const pair = {
        input: blank(height(like.input), width(like.input)),
        output: blank(height(like.output), width(like.output)),
      };
      return { ...draft, train: [...draft.train, pair] };
    }
    case "remove": {
      const without = <T>(list: readonly T[]) => list.filter((_, i) => i !== edit.index);
      // One of each is the least.
      if (draft[edit.part].length === 1) return draft;
      return edit.part === "train"
        ? { ...draft, train: without(draft.train) }
        : { ...draft, test: without(draft.test) };
    }
    case "remove-answer": {
      const { input } = draft.test[edit.index]!;
      return { ...draft, test: draft.test.with(edit.index, { input }) };
    }
    case "rename":
      return { ...draft, id: edit.id.slice(0, 120) };
    case "load":
      return edit.task;
  }
}

/** @param first begins a stroke: what follows it without is undone together with it */
export function change(editing: Editing, edit: Edit, first = true): Editing {
  const draft = apply(editing.draft, edit);
  if (JSON.stringify(draft) === JSON.stringify(editing.draft)) return editing;
  return {
    draft,
    past: first ? [...editing.past, editing.draft].slice(-MOST_PAST) : editing.past,
    future: [],
  };
}

/** The state before the last change. */
export function undo({ draft, past, future }: Editing): Editing {
  const before = past.at(-1);
  return before
    ? { draft: before, past: past.slice(0, -1), future: [draft, ...future] }
    : { draft, past, future };
}

/** The state after it again. */
export function redo({ draft, past, future }: Editing): Editing {
  const [next, ...rest] = future;
  return next ? { draft: next, past: [...past, draft], future: rest } : { draft, past, future };
}

/** What keeps a draft from being a puzzle worth trying, in words; undefined where nothing does. */
export function faultOf({ id, train }: Draft): string | undefined {
  if (!id.trim()) return "The puzzle needs a name.";
  const same = train.findIndex(({ input, output }) => equalGrids(input, output));
  if (same >= 0) return `Demonstration ${same + 1} changes nothing yet: draw what becomes of its input.`;
  return undefined;
}

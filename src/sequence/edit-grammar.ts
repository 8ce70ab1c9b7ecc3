// A draft turned into an answer by operations, as tokens. First whole rows and columns are deleted or inserted, until
// the draft has the answer's size; then each row is kept, or some of its cells are set, or all of it is written:
//
//   edit (delete-rows | insert-rows at count)* (delete-columns | insert-columns at count)*
//        (keep | set (column colour)+ | write colour*) row-end ...
//
// Positions and columns are size tokens, counted from 1 in the grid as it stands. The grammar allows one way to write a
// set of changes: positions ascend and no two operations could be one.
import { COLOUR_IDS, commonest, type Grid, height, width } from "../arc/grid.ts";
import { cellPosition, type GridPosition, headerPosition, sideOf, sizeToken, TOKEN } from "./tokens.ts";

/** The choice of the next token. */
export interface Slot {
  /** The allowed ids; a single one needs no model. */
  readonly ids: readonly number[];
  /** The position of the token, by its id. */
  readonly placeOf: (id: number) => GridPosition;
  /** The cells of the answer that are final, row by row, as they are now: later slots hold the same list. */
  readonly decided: readonly number[];
}

/** Receives each chosen id and yields the next choice; returns the answer's cells. */
export type Editing = Generator<Slot, readonly number[], number>;

/** The tokens that delete and insert lines. */
export interface Operations {
  readonly remove: number;
  readonly insert: number;
}
export const ROW_OPERATIONS: Operations = { remove: TOKEN.deleteRows, insert: TOKEN.insertRows };
export const COLUMN_OPERATIONS: Operations = { remove: TOKEN.deleteColumns, insert: TOKEN.insertColumns };

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The lines of an answer by the lines of the draft that they come from; undefined is a new one. */
export type Lines = readonly (number | undefined)[];

/** A draft of which rows and columns were deleted or inserted; new ones have its commonest colour. */
export function resized(draft: Grid, rows: Lines, columns: Lines): number[][] {
  const blank = commonest(draft.flat());
  return rows.map((r) => columns.map((c) => (r === undefined || c === undefined ? blank : draft[r]![c]!)));
}

/** Deletes or inserts lines, until there are `target`: the operation's token, where, how many. */
function* resize(
  length: number,
  target: number,
  kinds: Operations,
  grid: number,
): Generator<Slot, Lines, number> {
  const ask = (ids: readonly number[], column: number): Slot => ({
    ids,
    placeOf: () => headerPosition(grid, column),
    decided: [],
  });
  const lines: (number | undefined)[] = range(0, length - 1);
  const removing = target < length;
  let from = 1;
  while (lines.length !== target) {
    const left = Math.abs(target - lines.length);
    yield ask([removing ? kinds.remove : kinds.insert], 3);
    const last = removing ? lines.length - left + 1 : lines.length + 1;
    const at = sideOf(yield ask(range(from, last).map(sizeToken), 4));
    const counts = at === last ? [left] : range(1, left);
    const count = sideOf(yield ask(counts.map(sizeToken), 5));
    if (removing) lines.splice(at - 1, count);
    else lines.splice(at - 1, 0, ...new Array<undefined>(count).fill(undefined));
    from = removing ? at + 1 : at + count + 1;
  }
  return lines;
}

/** The operations that turn a draft into an answer of `rows` x `columns`, which is grid number `grid`. */
export function* editing(draft: Grid, rows: number, columns: number, grid: number): Editing {
  yield { ids: [TOKEN.edit], placeOf: () => headerPosition(grid, 3), decided: [] };
  const keptRows = yield* resize(height(draft), rows, ROW_OPERATIONS, grid);
  const keptColumns = yield* resize(width(draft), columns, COLUMN_OPERATIONS, grid);
  const cells: number[] = [];
  for (const [r, line] of resized(draft, keptRows, keptColumns).entries()) {
    const slot: SlotAt = (ids, column) => ({
      ids,
      placeOf: (id) =>
        cellPosition(grid, r + 1, typeof column === "number" ? column : column(id), rows, columns),
      decided: cells,
    });
    const kind = yield slot([TOKEN.keep, TOKEN.set, TOKEN.write], 0);
    if (kind === TOKEN.keep) cells.push(...line);
    if (kind === TOKEN.write) {
      for (let column = 1; column <= columns; column++) cells.push(yield slot(COLOUR_IDS, column));
    }
    const closed = kind === TOKEN.set && (yield* setCells(line, cells, slot));
    if (!closed) yield slot([TOKEN.rowEnd], columns + 1);
  }
  return cells;
}

/** A slot in a row: its column, or what tells it from the id that is taken. */
type SlotAt = (ids: readonly number[], column: number | ((id: number) => number)) => Slot;

/** Sets some cells of a row, left to right, and adds the row to `cells`; tells whether it took the row end, too. */
function* setCells(line: readonly number[], cells: number[], slot: SlotAt): Generator<Slot, boolean, number> {
  let done = 0;
  while (done < line.length) {
    const columns = range(done + 1, line.length).map(sizeToken);
    const chosen = yield slot(done ? [...columns, TOKEN.rowEnd] : columns, (id) =>
      id === TOKEN.rowEnd ? line.length + 1 : sideOf(id),
    );
    if (chosen === TOKEN.rowEnd) {
      cells.push(...line.slice(done));
      return true;
    }
    const column = sideOf(chosen);
    const others = COLOUR_IDS.filter((id) => id !== line[column - 1]);
    cells.push(...line.slice(done, column - 1), yield slot(others, column));
    done = column;
  }
  return false;
}

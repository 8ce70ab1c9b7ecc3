import { BACKGROUND, type Grid, height, makeGrid, width } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { eachCell } from "./canvas.ts";
import type { Size } from "./sizes.ts";

/** A rectangle of cells inside a grid. */
export interface Box extends Size {
  readonly top: number;
  readonly left: number;
}

export const sizeOf = (grid: Grid): Size => ({ rows: height(grid), columns: width(grid) });

export const cutOut = (grid: Grid, { top, left, rows, columns }: Box): number[][] =>
  makeGrid(rows, columns, (r, c) => grid[top + r]![left + c]!);

/** What a box loses by `rim` cells on each side. */
export const shrink = ({ top, left, rows, columns }: Box, rim = 1): Box => ({
  top: top + rim,
  left: left + rim,
  rows: rows - 2 * rim,
  columns: columns - 2 * rim,
});

export function fillBox(grid: number[][], { top, left, rows, columns }: Box, colour: number): void {
  for (let r = top; r < top + rows; r++) grid[r]!.fill(colour, left, left + columns);
}

/** Paints the rim of a box and leaves its inside. */
export function rimBox(grid: number[][], { top, left, rows, columns }: Box, colour: number): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (r === 0 || c === 0 || r === rows - 1 || c === columns - 1) grid[top + r]![left + c] = colour;
    }
  }
}

/** The smallest box around all cells that are not background; undefined where there is none. */
export function boxAround(grid: Grid): Box | undefined {
  let [top, left, bottom, right] = [height(grid), width(grid), -1, -1];
  eachCell(grid, (colour, r, c) => {
    if (colour === BACKGROUND) return;
    [top, left, bottom, right] = [
      Math.min(top, r),
      Math.min(left, c),
      Math.max(bottom, r),
      Math.max(right, c),
    ];
  });
  return bottom < 0 ? undefined : { top, left, rows: bottom - top + 1, columns: right - left + 1 };
}

/** A place inside `size` for a box of the size `inner`. */
export const drawPlace = (random: Random, size: Size, inner: Size): Box => ({
  ...inner,
  top: random.int(0, size.rows - inner.rows),
  left: random.int(0, size.columns - inner.columns),
});

const touch = (a: Box, b: Box): boolean =>
  a.top <= b.top + b.rows &&
  b.top <= a.top + a.rows &&
  a.left <= b.left + b.columns &&
  b.left <= a.left + a.columns;

/** Places for boxes so that no two touch, not even at a corner; undefined where no room was found. */
export function placeApart(random: Random, size: Size, inners: readonly Size[]): Box[] | undefined {
  const boxes: Box[] = [];
  for (const inner of inners) {
    if (inner.rows > size.rows || inner.columns > size.columns) return undefined;
    let box = drawPlace(random, size, inner);
    for (let tries = 0; boxes.some((other) => touch(box, other)); tries++) {
      if (tries === 20) return undefined;
      box = drawPlace(random, size, inner);
    }
    boxes.push(box);
  }
  return boxes;
}

/** Up to `most` rectangles, 3 to 6 cells a side, none touching another; undefined where no room was found. */
export const drawBoxes = (random: Random, size: Size, most: number): Box[] | undefined =>
  placeApart(
    random,
    size,
    Array.from({ length: random.int(1, most) }, () => ({
      rows: random.int(3, Math.min(6, size.rows)),
      columns: random.int(3, Math.min(6, size.columns)),
    })),
  );

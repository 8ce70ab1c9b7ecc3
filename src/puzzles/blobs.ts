import { type Grid, makeGrid } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { type Box, placeApart, sizeOf } from "./boxes.ts";
import { blank, eachCell } from "./canvas.ts";
import type { Sides } from "./family.ts";
import { crowd, type Size } from "./sizes.ts";
import { STRAIGHT } from "./steps.ts";

/** A connected shape of `cells` cells grown at random: ones in a grid that fits it tightly. */
export function growBlob(random: Random, cells: number): number[][] {
  const grown: [number, number][] = [[0, 0]];
  while (grown.length < cells) {
    const [r, c] = random.pick(grown);
    const [down, right] = random.pick(STRAIGHT);
    const taken = grown.some(([row, column]) => row === r + down && column === c + right);
    if (!taken) grown.push([r + down, c + right]);
  }
  const rows = grown.map(([r]) => r);
  const columns = grown.map(([, c]) => c);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const blob = makeGrid(Math.max(...rows) - top + 1, Math.max(...columns) - left + 1, () => 0);
  for (const [r, c] of grown) blob[r - top]![c - left] = 1;
  return blob;
}

/** Paints a blob's cells, its top left corner at the box's. */
function stamp(grid: number[][], blob: Grid, { top, left }: Box, colour: number): void {
  eachCell(blob, (cell, r, c) => {
    if (cell) grid[top + r]![left + c] = colour;
  });
}

/** A blob with its place in the grid. */
export interface Placed {
  readonly blob: Grid;
  readonly box: Box;
}

/** Blobs of the given numbers of cells, none touching another; undefined where no room was found. */
export function placeBlobs(random: Random, size: Size, cells: readonly number[]): Placed[] | undefined {
  const blobs = cells.map((count) => growBlob(random, count));
  return placeApart(random, size, blobs.map(sizeOf))?.map((box, i) => ({ blob: blobs[i]!, box }));
}

/** A blank grid with the blobs painted, each in its colour. */
export function paintBlobs(size: Size, blobs: readonly Placed[], colours: readonly number[]): number[][] {
  const grid = blank(size);
  blobs.forEach(({ blob, box }, i) => {
    stamp(grid, blob, box, colours[i]!);
  });
  return grid;
}

/** Two or more blobs, each clearly larger than the one before it; undefined where no room was found. */
export function drawRivals(random: Random, size: Size, sides: Sides): Placed[] | undefined {
  const most = crowd(sides);
  const counts = [1, 3, 5, 7, 9, 11].slice(0, 2 + most);
  const cells = random.sample(counts, random.int(2, Math.max(2, most))).sort((a, b) => a - b);
  return placeBlobs(random, size, cells);
}

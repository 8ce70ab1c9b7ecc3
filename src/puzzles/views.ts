import { type Grid, height, makeGrid, width } from "../arc/grid.ts";
import { applySymmetry, type Symmetry } from "../arc/symmetry.ts";
import type { Size } from "./sizes.ts";

export type View = (grid: Grid) => number[][];

const view =
  (symmetry: Symmetry): View =>
  (grid) =>
    applySymmetry(symmetry, grid);

export const same = view("identity");
export const flipRows = view("flipUpDown");
export const flipColumns = view("flipLeftRight");
export const halfTurn = view("rotate180");
export const mainTranspose = view("transpose");
export const antiTranspose = view("antitranspose");
export const turnRight = view("rotate90");
export const turnLeft = view("rotate270");

/**
 * Views that bring the top, bottom, left or right edge to the top, each its own inverse:
 * a rule written for the top edge serves all four as `view(rule(view(grid)))`.
 */
export const edgeViews: readonly View[] = [same, flipRows, mainTranspose, antiTranspose];

/** Views that bring rows, or columns, into the rows' place; each is its own inverse. */
export const axisViews: readonly View[] = [same, mainTranspose];

/** Views that bring each corner to the top left; each is its own inverse. */
export const cornerViews: readonly View[] = [same, flipRows, flipColumns, halfTurn];

/** The size of a grid that has the size `seen` through the view. */
export function sizeThrough(view: View, seen: Size): Size {
  const grid = view(makeGrid(seen.rows, seen.columns, () => 0));
  return { rows: height(grid), columns: width(grid) };
}

import { type Grid, height, makeGrid, width } from "./grid.ts";

/** The 8 symmetries of the square; rotations are clockwise. */
export const SYMMETRIES = [
  "identity",
  "rotate90",
  "rotate180",
  "rotate270",
  "flipLeftRight",
  "flipUpDown",
  "transpose",
  "antitranspose",
] as const;

export type Symmetry = (typeof SYMMETRIES)[number];

/** Each symmetry as a transposition (or none), then a flip of the rows' order, of the columns' order, or both. */
const steps: Readonly<Record<Symmetry, { transpose: boolean; upDown: boolean; leftRight: boolean }>> = {
  identity: { transpose: false, upDown: false, leftRight: false },
  rotate90: { transpose: true, upDown: false, leftRight: true },
  rotate180: { transpose: false, upDown: true, leftRight: true },
  rotate270: { transpose: true, upDown: true, leftRight: false },
  flipLeftRight: { transpose: false, upDown: false, leftRight: true },
  flipUpDown: { transpose: false, upDown: true, leftRight: false },
  transpose: { transpose: true, upDown: false, leftRight: false },
  antitranspose: { transpose: true, upDown: true, leftRight: true },
};

export function applySymmetry(symmetry: Symmetry, grid: Grid): number[][] {
  const { transpose, upDown, leftRight } = steps[symmetry];
  const rows = transpose ? width(grid) : height(grid);
  const columns = transpose ? height(grid) : width(grid);
  return makeGrid(rows, columns, (row, column) => {
    const r = upDown ? rows - 1 - row : row;
    const c = leftRight ? columns - 1 - column : column;
    return transpose ? grid[c]![r]! : grid[r]![c]!;
  });
}

/** The symmetry that undoes this one: only the quarter turns are not their own inverse. */
export function invertSymmetry(symmetry: Symmetry): Symmetry {
  if (symmetry === "rotate90") return "rotate270";
  if (symmetry === "rotate270") return "rotate90";
  return symmetry;
}

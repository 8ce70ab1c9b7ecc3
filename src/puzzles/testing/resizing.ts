import { height, mapGrid, width } from "../../arc/grid.ts";
import {
  always,
  around,
  axes,
  bySize,
  cells,
  countOf,
  cut,
  cutAround,
  each,
  edges,
  empty,
  factors,
  type Guess,
  ink,
  mirrorDown,
  mirrorRight,
  perColour,
  type Solver,
  seen,
  stretched,
  surround,
  symmetry,
} from "./guess.ts";

export const resizingSolvers = {
  rotate: always(symmetry("rotate90"), symmetry("rotate270")),
  transpose: always(symmetry("transpose"), symmetry("antitranspose")),
  pad: perColour((colour) => (grid) => surround(grid, colour)),
  trim: always(
    (grid) => cut(grid, 1, 1, height(grid) - 2, width(grid) - 2),
    ...axes((grid) => grid.slice(1, -1)),
  ),
  "mirror-extend": always(
    ...axes(mirrorRight),
    ...axes((grid) => mirrorRight(symmetry("flipLeftRight")(grid))),
  ),
  kaleidoscope: always(
    ...each(
      ["identity", "flipLeftRight", "flipUpDown", "rotate180"] as const,
      (name) => (grid) => mirrorDown(mirrorRight(symmetry(name)(grid))),
    ),
  ),
  tile: always(
    ...each(
      factors,
      ([down, across]) =>
        (grid) =>
          Array(down)
            .fill(grid.map((line) => Array(across).fill(line).flat()))
            .flat(),
    ),
  ),
  "scale-up": always(...each(factors, ([tall, wide]) => stretched(tall, wide))),
  "scale-down": always(
    ...each(factors, ([tall, wide]) => (grid) => {
      if (height(grid) % tall || width(grid) % wide) return [];
      return grid.filter((_, r) => r % tall === 0).map((line) => line.filter((_, c) => c % wide === 0));
    }),
  ),
  "space-out": perColour((colour) => {
    const rows: Guess = (grid) => grid.flatMap((line, r) => (r ? [line.map(() => colour), line] : [line]));
    return [...axes(rows), (grid) => seen("transpose", rows)(rows(grid))];
  }),
  squeeze: always(...axes((grid) => grid.filter((line) => !empty(line))), (grid) =>
    grid
      .filter((line) => !empty(line))
      .map((line) => line.filter((_, c) => !empty(grid.map((row) => row[c]!)))),
  ),
  half: always(...edges((grid) => grid.slice(0, height(grid) / 2))),
  quadrant: always(
    ...edges((grid) => {
      const row = grid.findIndex((line) => line.every((cell) => cell && cell === line[0]));
      return cut(grid, 0, 0, row - 1, grid[0]!.indexOf(grid[row]![0]!) - 1);
    }),
  ),
  overlay: always(
    ...axes((grid) => {
      const half = height(grid) / 2;
      return grid.slice(0, half).map((line, r) => line.map((cell, c) => cell || grid[r + half]![c]!));
    }),
    ...axes((grid) => {
      const half = height(grid) / 2;
      return grid.slice(half).map((line, r) => line.map((cell, c) => cell || grid[r]![c]!));
    }),
  ),
  // Any of the 16 truth tables.
  logic: perColour((colour) =>
    each([...Array(16).keys()], (table) =>
      axes((grid) => {
        const half = (height(grid) - 1) / 2;
        const row = (cell: number, other: number) => (cell ? 2 : 0) + (other ? 1 : 0);
        return grid
          .slice(0, half)
          .map((line, r) =>
            line.map((cell, c) => ((table >> row(cell, grid[half + 1 + r]![c]!)) & 1 ? colour : 0)),
          );
      }),
    ),
  ),
  "odd-line": always(
    ...each([true, false], (odd) =>
      axes((grid) => [
        grid.find((line) => (grid.filter((other) => String(other) === String(line)).length === 1) === odd)!,
      ]),
    ),
  ),
  crop: perColour((colour) => (grid) => mapGrid(cut(grid, ...around(cells(grid))), ink(colour))),
  "crop-colour": perColour((colour) => (grid) => cutAround(grid, colour)),
  "crop-by-size": always(...each([0, -1], (which) => (grid) => cutAround(grid, bySize(grid).at(which)!))),
  window: perColour((colour) => [
    (grid) => cutAround(grid, colour),
    (grid) =>
      cutAround(grid, colour)
        .slice(1, -1)
        .map((line) => line.slice(1, -1)),
  ]),
  count: perColour((colour) => [
    (grid) => [Array(countOf(grid, colour)).fill(colour)],
    (grid) => Array(countOf(grid, colour)).fill([colour]),
  ]),
  majority: always(...each([0, -1], (which) => (grid) => [[bySize(grid).at(which)!]])),
} satisfies Record<string, Solver>;

import { equalGrids, type Grid, height, mapGrid, width } from "../../arc/grid.ts";
import {
  always,
  around,
  axes,
  bySize,
  cells,
  colours,
  countOf,
  cut,
  each,
  edges,
  ink,
  mirrorDown,
  paint,
  perColour,
  regions,
  type Solver,
  seen,
  steps,
  surround,
  symmetry,
} from "./guess.ts";

export const sameSizeSolvers = {
  flip: always(symmetry("flipLeftRight"), symmetry("flipUpDown"), symmetry("rotate180")),
  roll: (demonstrations) => {
    // The shortest way round is the one that a person would see.
    const shortest = Math.min(...demonstrations.flatMap(({ input }) => [height(input), width(input)]));
    const amounts = [1, 2, 3, 4].filter((by) => 2 * by < shortest);
    return each(amounts, (by) => edges((grid) => grid.map((_, r) => grid[(r + by) % height(grid)]!)));
  },
  shift: always(
    ...each([1, 2, 3, 4, 5, 6], (by) => edges((grid) => mapGrid(grid, (_, r, c) => grid[r + by]?.[c] ?? 0))),
  ),
  gravity: always(
    ...axes((grid) => grid.map((line) => [...line].sort((a, b) => Number(a === 0) - Number(b === 0)))),
    ...axes((grid) => grid.map((line) => [...line].sort((a, b) => Number(b === 0) - Number(a === 0)))),
  ),
  recolour: perColour((from) =>
    each(colours, (to) => (grid) => mapGrid(grid, (cell) => (cell === from ? to : cell))),
  ),
  "swap-colours": perColour((a) =>
    each(colours, (b) => (grid) => mapGrid(grid, (cell) => (cell === a ? b : cell === b ? a : cell))),
  ),
  "colour-map": (demonstrations) => {
    const map = new Map(
      demonstrations.flatMap(({ input, output }) =>
        cells(input).map(({ r, c, colour }) => [colour, output[r]![c]!]),
      ),
    );
    return [(grid) => mapGrid(grid, (cell) => map.get(cell) ?? 0)];
  },
  "remove-colour": perColour((colour) => (grid) => mapGrid(grid, (cell) => (cell === colour ? 0 : cell))),
  "keep-colour": perColour((colour) => (grid) => mapGrid(grid, (cell) => (cell === colour ? cell : 0))),
  negative: perColour((colour) => (grid) => mapGrid(grid, (cell) => (cell ? 0 : colour))),
  alternate: perColour((colour) =>
    each([0, 1], (start) =>
      axes((grid) => grid.map((line, r) => (r % 2 === start ? line.map(ink(colour)) : line))),
    ),
  ),
  checkerboard: perColour((colour) =>
    each(
      [0, 1],
      (odd) => (grid) => mapGrid(grid, (cell, r, c) => cell || ((r + c) % 2 === odd ? colour : 0)),
    ),
  ),
  frame: perColour(
    (colour) => (grid) => surround(cut(grid, 1, 1, height(grid) - 2, width(grid) - 2), colour),
  ),
  fill: perColour((colour) => (grid) => {
    const outside = regions(surround(grid, 0), (cell) => cell === 0);
    return mapGrid(grid, (cell, r, c) => (cell === 0 && outside[r + 1]![c + 1] !== 1 ? colour : cell));
  }),
  hollow: perColour((colour) => (grid) => {
    const near = [-1, 0, 1];
    return mapGrid(grid, (cell, r, c) =>
      cell && near.every((down) => near.every((right) => grid[r + down]?.[c + right])) ? colour : cell,
    );
  }),
  halo: perColour((colour) => [
    paint(colour, (down, right) => Math.abs(down) + Math.abs(right) === 1),
    paint(colour, (down, right) => Math.abs(down * right) === 1),
    paint(colour, (down, right) => Math.max(Math.abs(down), Math.abs(right)) === 1),
  ]),
  "bounding-box": perColour((colour) => (grid) => {
    const [top, left, bottom, right] = around(cells(grid));
    return mapGrid(
      grid,
      (cell, r, c) => cell || (r >= top && r <= bottom && c >= left && c <= right ? colour : 0),
    );
  }),
  shadow: perColour((colour) =>
    each(steps, ([y, x]) => paint(colour, (down, right) => down === y && right === x)),
  ),
  rays: always(
    ...each([-1, 1], (way) => [
      paint("own", (down, right) => down === 0 && right * way > 0),
      paint("own", (down, right) => right === 0 && down * way > 0),
    ]),
  ),
  diagonals: always(
    ...each(steps, ([y, x]) => paint("own", (down, right) => down * y === right * x && down * y > 0)),
  ),
  cross: perColour((colour) => [
    paint(colour, (down, right) => down === 0 || right === 0),
    paint(colour, (down, right) => Math.abs(down) === Math.abs(right)),
  ]),
  "extend-line": perColour((colour) => (grid) => {
    const carry = (line: readonly number[]) =>
      line.some((cell, i) => cell && cell === line[i + 1]) ? line.map((cell) => cell || colour) : line;
    const across = grid.map(carry);
    return equalGrids(across, grid) ? seen("transpose", (turned) => turned.map(carry))(grid) : across;
  }),
  connect: perColour((colour) => (grid) => {
    const join = (line: readonly number[]) => {
      const ends = line.flatMap((cell, i) =>
        cell && line.indexOf(cell, i + 1) > 0 ? [i, line.lastIndexOf(cell)] : [],
      );
      return line.map((cell, i) => cell || (i > ends[0]! && i < ends[1]! ? colour : 0));
    };
    const across = grid.map(join);
    return equalGrids(across, grid) ? seen("transpose", (turned) => turned.map(join))(grid) : across;
  }),
  "repeat-edge": always(
    ...each([1, 2, 3], (every) =>
      edges((grid) => mapGrid(grid, (_, r, c) => (r % every ? 0 : grid[0]![c]!))),
    ),
  ),
  slant: always(
    ...each([-1, 1], (way) =>
      edges((grid) => mapGrid(grid, (_, r, c) => grid[0]!.at((c + way * r) % width(grid))!)),
    ),
  ),
  "complete-half": always(
    ...edges((grid) => mirrorDown(grid.slice(0, height(grid) / 2))),
    ...edges((grid) => [...grid.slice(0, height(grid) / 2), ...grid.slice(0, height(grid) / 2)]),
  ),
  "repair-symmetry": always(
    ...edges((grid) => grid.map((line, r) => (r < height(grid) / 2 ? line : grid[height(grid) - 1 - r]!))),
  ),
  "keep-by-size": always(
    ...each(
      [0, -1],
      (which) => (grid) => mapGrid(grid, (cell) => (cell === bySize(grid).at(which) ? cell : 0)),
    ),
  ),
  "colour-by-size": (demonstrations) => {
    const sizes = (grid: Grid) => {
      const objects = regions(grid, (cell) => cell > 0);
      return mapGrid(objects, (id) => (id ? countOf(objects, id) : 0));
    };
    const map = new Map(
      demonstrations.flatMap(({ input, output }) =>
        cells(sizes(input)).map(({ r, c, colour }) => [colour, output[r]![c]!] as const),
      ),
    );
    return [(grid) => mapGrid(sizes(grid), (size) => map.get(size) ?? 0)];
  },
  "sort-bars": always(
    ...each([1, -1], (sign) =>
      axes((grid) => [...grid].sort((a, b) => sign * (countOf([a], 0) - countOf([b], 0)))),
    ),
  ),
} satisfies Record<string, Solver>;

// What tests of pictures share: reading a canvas back from pixels.

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** "#rrggbb" of each pixel, row by row. */
  readonly colours: readonly string[];
}

/** The colours of ARC's own viewer, black a little lighter. */
const VIEWER = [
  "#181818",
  "#0074d9",
  "#ff4136",
  "#2ecc40",
  "#ffdc00",
  "#aaaaaa",
  "#f012be",
  "#ff851b",
  "#7fdbff",
  "#870c25",
];

/** The colours of a canvas whose upper left corner and cells' sides are known; -1 for what is no colour of ARC. */
export const readCanvas = (
  { width, colours }: Pixels,
  [left, top]: readonly [number, number],
  cell: number,
  rows: number,
  columns: number,
): number[][] =>
  Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => {
      const middle = Math.floor(cell / 2);
      return VIEWER.indexOf(colours[(top + r * cell + middle) * width + left + c * cell + middle]!);
    }),
  );

// Rectangles of cells, by two corners.

/** The cells of the rectangle that has two cells as corners, row by row. */
export function rectangle(from: number, to: number, columns: number): number[] {
  const [r0, r1] = [Math.floor(from / columns), Math.floor(to / columns)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const [c0, c1] = [from % columns, to % columns].sort((a, b) => a - b) as [number, number];
  const cells: number[] = [];
  for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++) cells.push(r * columns + c);
  return cells;
}

/** The cells between two that the pointer jumped over, both included, as a straight line. */
export function line(from: number, to: number, columns: number): number[] {
  const [r0, c0, r1, c1] = [
    Math.floor(from / columns),
    from % columns,
    Math.floor(to / columns),
    to % columns,
  ];
  const steps = Math.max(Math.abs(r1 - r0), Math.abs(c1 - c0), 1);
  const cells = Array.from({ length: steps + 1 }, (_, i) => {
    const share = i / steps;
    return Math.round(r0 + (r1 - r0) * share) * columns + Math.round(c0 + (c1 - c0) * share);
  });
  return [...new Set(cells)];
}

/** Where a key leads to from a cell; undefined for keys that don't move. */
export function moved(
  key: string,
  cell: number,
  rows: number,
  columns: number,
  far: boolean,
): number | undefined {
  const [r, c] = [Math.floor(cell / columns), cell % columns];
  const at = (row: number, column: number) =>
    Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column));
  switch (key) {
    case "ArrowUp":
      return at(far ? 0 : r - 1, c);
    case "ArrowDown":
      return at(far ? rows - 1 : r + 1, c);
    case "ArrowLeft":
      return at(r, far ? 0 : c - 1);
    case "ArrowRight":
      return at(r, far ? columns - 1 : c + 1);
    case "Home":
      return far ? at(0, 0) : at(r, 0);
    case "End":
      return far ? at(rows - 1, columns - 1) : at(r, columns - 1);
    case "PageUp":
      return at(r - 5, c);
    case "PageDown":
      return at(r + 5, c);
    default:
      return undefined;
  }
}

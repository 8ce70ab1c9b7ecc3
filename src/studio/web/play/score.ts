// How a canvas stands against the answer, where that is known.
import type { Grid } from "../../../arc/grid.ts";
import { isOpen } from "../colours.ts";

export interface Canvas {
  readonly rows: number;
  readonly columns: number;
  readonly cells: readonly number[];
}

export interface Score {
  readonly right: number;
  readonly wrong: number;
  readonly open: number;
  /** Cells that are filled with another colour than the answer's. */
  readonly wrongCells: readonly number[];
}

/** Undefined where no answer is known, "size" where it has another size. */
export function scoreOf(
  { rows, columns, cells }: Canvas,
  answer: Grid | undefined,
): Score | "size" | undefined {
  if (!answer) return undefined;
  if (answer.length !== rows || answer[0]!.length !== columns) return "size";
  const wanted = answer.flat();
  const wrongCells = [...cells.keys()].filter(
    (cell) => !isOpen(cells[cell]!) && cells[cell] !== wanted[cell],
  );
  const open = cells.filter(isOpen).length;
  return { right: cells.length - open - wrongCells.length, wrong: wrongCells.length, open, wrongCells };
}

/** In words: "24 right, 1 wrong, 5 open". */
export function scoreInWords(score: Score | "size" | undefined): string {
  if (score === undefined) return "answer unknown";
  if (score === "size") return "another size than the answer's";
  const { right, wrong, open } = score;
  if (open === 0 && wrong === 0) return "all right";
  return [`${right} right`, `${wrong} wrong`, open > 0 && `${open} open`].filter(Boolean).join(", ");
}

/** Cells that are unlike in two canvases of one size; undefined where the sizes differ. */
export function differences(a: Canvas, b: Canvas): number[] | undefined {
  if (a.rows !== b.rows || a.columns !== b.columns) return undefined;
  return [...a.cells.keys()].filter((cell) => a.cells[cell] !== b.cells[cell]);
}

/** The canvas as rows, open cells as they are. */
export const rowsOf = ({ rows, columns, cells }: Canvas): number[][] =>
  Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns));

// Canvases on which nothing is filled in yet.
import { sizeByRule } from "../../../arc/size-rules.ts";
import { OPEN, type Template } from "../../../decode/frames.ts";
import type { Puzzle } from "../state/puzzle.ts";

/** A grid of open slots. */
export const openCanvas = (rows: number, columns: number): Template => ({
  shape: [rows, columns],
  slots: new Array<number>(rows * columns).fill(OPEN),
  locked: [],
});

/** The open canvas of a puzzle whose size is known before a model is asked; undefined where no rule that fits the demonstrations tells the size. */
export function blankFor({ task, test }: Puzzle): Template | undefined {
  const size = task.train.length > 0 ? sizeByRule(task, test) : undefined;
  return size && openCanvas(size.rows, size.columns);
}

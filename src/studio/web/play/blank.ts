// The open canvas of a puzzle whose size is known before a model is asked.

import { sizeByRule } from "../../../arc/size-rules.ts";
import type { Template } from "../../../decode/frames.ts";
import type { Puzzle } from "../state/puzzle.ts";
import { openCanvas } from "../touch/canvas.ts";

/** Undefined where no rule that fits the demonstrations tells the size. */
export function blankFor({ task, test }: Puzzle): Template | undefined {
  const size = task.train.length > 0 ? sizeByRule(task, test) : undefined;
  return size && openCanvas(size.rows, size.columns);
}

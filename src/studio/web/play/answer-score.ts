// How a canvas stands against the answer, where that is known.
import type { Grid } from "../../../arc/grid.ts";
import { type Filling, sameShape } from "../../../decode/frames.ts";
import { isOpen } from "../components/labels.ts";

/** Cells of a canvas by how they stand against the answer. */
export interface Score {
  readonly right: number;
  readonly wrong: number;
  readonly open: number;
  /** Cells that are filled with another colour than the answer's. */
  readonly wrongCells: readonly number[];
}

/** Undefined where no answer is known, "size" where it has another size. */
export function scoreOf({ shape, slots }: Filling, answer: Grid | undefined): Score | "size" | undefined {
  if (!answer) return undefined;
  if (!sameShape({ shape }, { shape: [answer.length, answer[0]!.length] })) return "size";
  const wanted = answer.flat();
  const wrongCells = [...slots.keys()].filter(
    (cell) => !isOpen(slots[cell]!) && slots[cell] !== wanted[cell],
  );
  const open = slots.filter(isOpen).length;
  return { right: slots.length - open - wrongCells.length, wrong: wrongCells.length, open, wrongCells };
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
export const differences = (a: Filling, b: Filling): number[] | undefined =>
  sameShape(a, b) ? [...a.slots.keys()].filter((cell) => a.slots[cell] !== b.slots[cell]) : undefined;

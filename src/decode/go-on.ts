// Going on from a canvas that is partly filled, by whoever has stopped a decoder and painted on it.
import { COLOURS, MAX_SIDE } from "../arc/grid.ts";
import { JigsawError } from "../core/errors.ts";
import { TOKEN } from "../sequence/tokens.ts";
import type { Prompt, StartCanvas } from "./decoder.ts";

const bad = (why: string, hint: string): JigsawError =>
  new JigsawError("bad-option", `the canvas to go on from ${why}`, hint);

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;
const isColour = (id: number | undefined): boolean =>
  id !== undefined && Number.isInteger(id) && id >= 0 && id < COLOURS;

/**
 * The prompt with a canvas to go on from.
 * @throws JigsawError "bad-option" for a canvas that is none
 */
export function goOn(prompt: Prompt, canvas: StartCanvas): Prompt {
  const { rows, columns, cells, locked } = canvas;
  if (!isSide(rows) || !isSide(columns))
    throw bad(`has ${rows} x ${columns} cells`, `Give 1 to ${MAX_SIDE} rows and columns.`);
  if (cells.length !== rows * columns)
    throw bad(`has ${cells.length} cells, expected ${rows * columns}`, "Give all of them, row by row.");
  if (!cells.every((id) => isColour(id) || id === TOKEN.mask))
    throw bad("has cells that are no colours", `Open cells hold ${TOKEN.mask}, others a colour 0-9.`);
  if (!locked.every((cell) => isColour(cells[cell])))
    throw bad("locks cells that are not filled", "Lock only cells that hold a colour.");
  return { ...prompt, canvas };
}

/** Refuses a canvas where all is written from left to right. */
export function refuseCanvas({ canvas }: Prompt): void {
  if (!canvas) return;
  throw new JigsawError(
    "unsupported",
    "what is written from left to right cannot go on from a canvas",
    "Decoders that can: steps, adaptive, remask, blocks, soft, tree, edit.",
  );
}

// What solving looks like in a terminal.
import type { Grid } from "../arc/grid.ts";
import { drawnRows, type Frame, OPEN } from "../decode/frames.ts";
import type { Ledger } from "../engine/ledger.ts";
import { drawGrid, sideBySide } from "./terminal.ts";

/** A block of lines under a title. */
export const titled = (title: string, lines: readonly string[]): string[] => [title, ...lines];

/** A canvas in the middle of its making: open cells as dots, the others the greyer the less sure. */
export const drawFrame = (frame: Frame): string[] =>
  drawGrid(
    drawnRows(
      frame,
      frame.slots.map((id) => (id === OPEN ? undefined : id)),
    ),
    { confidence: drawnRows(frame, frame.confidence) },
  );

export const drawGrids = (grids: Readonly<Record<string, Grid>>): string[] =>
  sideBySide(Object.entries(grids).map(([title, grid]) => titled(title, drawGrid(grid))));

export const ledgerLine = ({ passes, positions, promptMs, decodeMs }: Ledger): string =>
  `${passes} passes, ${positions} positions, prompt ${promptMs.toFixed(0)} ms, decoding ${decodeMs.toFixed(0)} ms`;

export const verdict = (correct: boolean | null): string =>
  correct === null ? "answer unknown" : correct ? "right" : "wrong";

// What solving looks like in a terminal.
import type { Grid } from "../arc/grid.ts";
import type { Frame } from "../decode/frames.ts";
import type { Ledger } from "../engine/ledger.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { drawGrid, sideBySide } from "./terminal.ts";

/** A block of lines under a title. */
export const titled = (title: string, lines: readonly string[]): string[] => [title, ...lines];

/** A canvas in the middle of its making: open cells as dots, the others the greyer the less sure. */
export function drawFrame({ rows, columns, cells, confidence }: Frame): string[] {
  const row = <T>(list: readonly T[], r: number) => list.slice(r * columns, (r + 1) * columns);
  const shown = Array.from({ length: rows }, (_, r) =>
    row(cells, r).map((cell) => (cell === TOKEN.mask ? undefined : cell)),
  );
  return drawGrid(shown, { confidence: Array.from({ length: rows }, (_, r) => row(confidence, r)) });
}

export const drawGrids = (grids: Readonly<Record<string, Grid>>): string[] =>
  sideBySide(Object.entries(grids).map(([title, grid]) => titled(title, drawGrid(grid))));

export const ledgerLine = ({ passes, positions, promptMs, decodeMs }: Ledger): string =>
  `${passes} passes, ${positions} positions, prompt ${promptMs.toFixed(0)} ms, decoding ${decodeMs.toFixed(0)} ms`;

export const verdict = (correct: boolean | null): string =>
  correct === null ? "answer unknown" : correct ? "right" : "wrong";

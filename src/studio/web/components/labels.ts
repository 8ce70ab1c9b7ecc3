// Colours, cells, grids and numbers in words.
import { OPEN } from "../../../decode/frames.ts";

/** The names of the ten colours, by their numbers. */
export const COLOUR_NAMES = [
  "black",
  "blue",
  "red",
  "green",
  "yellow",
  "grey",
  "magenta",
  "orange",
  "light blue",
  "maroon",
] as const;

/** Whether a slot holds nothing yet. */
export const isOpen = (value: number): boolean => value === OPEN;

/** The name of what a slot holds. */
export const colourName = (value: number): string =>
  isOpen(value) ? "open" : (COLOUR_NAMES[value] ?? `token ${value}`);

/** A count or milliseconds as people read them: "1,930". */
export const wholeNumber = (value: number): string => Math.round(value).toLocaleString("en-US");

/** "93 %". */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A cell in words, rows and columns from 1: "row 2, column 3: blue, 93 % sure". */
export function cellLabel(
  cell: number,
  columns: number,
  value: number,
  confidence: number | undefined,
  marks: readonly string[] = [],
): string {
  const place = `row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}`;
  const sure = confidence === undefined || confidence === 0 ? [] : [`${percent(confidence)} sure`];
  return `${place}: ${[colourName(value), ...sure, ...marks].join(", ")}`;
}

/** A grid in words: its size, and its rows while they are few. */
export function gridInWords(rows: readonly (readonly number[])[]): string {
  const size = `${rows.length} by ${rows[0]?.length ?? 0}`;
  if (rows.length > 12) return size;
  return `${size}; ${rows.map((row, i) => `row ${i + 1}: ${row.map(colourName).join(" ")}`).join("; ")}`;
}

// Colours, grids and progress for terminals; plain text wherever colours are not wanted.
import { stripVTControlCharacters } from "node:util";
import picocolors from "picocolors";
import { PALETTE, type Rgb } from "../arc/palette.ts";

type Stream = Pick<NodeJS.WriteStream, "isTTY"> & Partial<Pick<NodeJS.WriteStream, "getColorDepth">>;

/** Bits of colour to use on a stream: 1 (none), 4, 8 or 24. Heeds NO_COLOR, FORCE_COLOR and TERM. */
export function colourDepth(stream: Stream = process.stdout, env = process.env): number {
  if (env.NO_COLOR || env.FORCE_COLOR === "0") return 1;
  if (stream.isTTY && stream.getColorDepth) return stream.getColorDepth(env);
  return env.FORCE_COLOR ? 24 : 1;
}

/** Styles for text (`bold`, `dim`, `red`, ...) that add nothing where the stream shows no colours. */
export const stylesFor = (stream: Stream) => picocolors.createColors(colourDepth(stream) > 1);

/** ARC's colours for terminals of 16 colours: codes of background colours. */
const SIXTEEN = [40, 44, 101, 42, 103, 47, 45, 43, 46, 41] as const;

/** The colour of a cell of no confidence. */
const UNSURE: Rgb = [88, 88, 88];

/** The nearest of a 256-colour palette's levels of red, green or blue: 0, 95, 135, 175, 215, 255. */
const level = (part: number): number => (part < 48 ? 0 : part < 115 ? 1 : Math.floor((part - 35) / 40));

/** Near to a colour in a palette of 256: one of 24 greys, or of 6 x 6 x 6 colours. */
function paletteIndex([r, g, b]: Rgb): number {
  if (r === g && g === b) return 232 + Math.min(23, Math.max(0, Math.round((r - 8) / 10)));
  return 16 + 36 * level(r) + 6 * level(g) + level(b);
}

function paint(text: string, colour: number, confidence: number, depth: number): string {
  if (depth < 8) return `\u001b[${SIXTEEN[colour]}m${text}\u001b[0m`;
  const [r, g, b] = PALETTE[colour]!.map((part, i) =>
    Math.round(UNSURE[i]! + (part - UNSURE[i]!) * confidence),
  ) as [number, number, number];
  const code = depth < 24 ? `5;${paletteIndex([r, g, b])}` : `2;${r};${g};${b}`;
  return `\u001b[48;${code}m${text}\u001b[0m`;
}

export interface DrawOptions {
  /** How sure each cell is, in [0, 1]: a cell is the greyer the less sure; without colours "?" marks less than half. */
  readonly confidence?: readonly (readonly number[])[] | undefined;
  /** Coloured blocks, or else digits; by default blocks where the terminal has colours. */
  readonly colour?: boolean;
}

/** Draws a grid, two characters a cell, one line a row. An undefined cell is masked: a dot. */
export function drawGrid(
  cells: readonly (readonly (number | undefined)[])[],
  { confidence, colour }: DrawOptions = {},
): string[] {
  const found = colourDepth();
  const depth = colour === undefined ? found : colour ? Math.max(found, 4) : 1;
  const { dim } = picocolors.createColors(depth > 1);
  return cells.map((row, r) =>
    row
      .map((cell, c) => {
        if (cell === undefined) return dim("· ");
        const sure = confidence?.[r]?.[c] ?? 1;
        const mark = sure < 0.5 && depth < 8 ? "?" : " ";
        return depth > 1 ? paint(` ${mark}`, cell, sure, depth) : `${cell}${mark}`;
      })
      .join(""),
  );
}

/** The columns that a line takes; colours take none. */
export const columnsOf = (line: string): number => [...stripVTControlCharacters(line)].length;

/** Joins blocks of lines side by side, each padded to its widest line; an empty line where a block has ended. */
export function sideBySide(blocks: readonly (readonly string[])[], gap = 3): string[] {
  const widths = blocks.map((lines) => Math.max(0, ...lines.map(columnsOf)));
  const height = Math.max(0, ...blocks.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    blocks
      .map((lines, b) => {
        const line = lines[i] ?? "";
        return line + " ".repeat(widths[b]! - columnsOf(line));
      })
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/** A bar of `width` characters, filled by the share that is done. */
export function progressBar(done: number, total: number, width = 24): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const filled = Math.round(share * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** A duration in its two largest units: "850 ms", "42 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** A number in three digits or so: "0.52", "42.1", "1,930", "1.2M". */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  return value.toLocaleString("en-US", { maximumSignificantDigits: value < 1000 ? 3 : 4 });
}

/** A number of bytes: "512 B", "15.2 kB", "1.50 GB". */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [count, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit ? value.toPrecision(3) : value} ${units[unit]}`;
}

/** "1 task", "2 tasks". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

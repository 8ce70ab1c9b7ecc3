// Where everything of a picture stands: panels, each a canvas with a title and captions, side by side in rows. GIF, PNG
// and SVG draw the same scene. No DOM.
import { type Grid, height, width } from "../../../arc/grid.ts";
import { drawnShape, type Filling, OPEN } from "../../../decode/frames.ts";
import { INK } from "./inks.ts";

/** A canvas as it is to be seen; a frame is one. */
export interface Shown extends Filling {
  readonly confidence?: readonly number[];
  /** Cells that are marked as taken back. */
  readonly retracted?: readonly number[];
}

/** A canvas with its title and captions. */
export interface Panel {
  readonly title?: string;
  readonly shown?: Shown;
  /** Lines beneath. */
  readonly captions?: readonly string[];
  /** Room that is kept free at least, for other canvases in the same place. */
  readonly room?: Room;
}

/** Cells, letters in a line, and lines of captions. */
export interface Room {
  readonly rows: number;
  readonly columns: number;
  readonly letters: number;
  readonly captions: number;
  readonly titled: boolean;
}

/** How panels are drawn. */
export interface SceneOptions {
  /** Over all panels. */
  readonly title?: string;
  /** Cells by their colours, or by how sure they are. */
  readonly paint?: "colours" | "confidence";
  /** Pixels of a cell's side, its line included; by default as many as fit into SIDE. */
  readonly cell?: number;
}

/** Drawn one over the other. Lengths are pixels; a text's x and y are its line's upper left corner. */
export type Item =
  | {
      readonly kind: "box";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly ink: number;
    }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly ink: number;
    };

/** A drawn picture, in pixels. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly items: readonly Item[];
}

/** A letter's width with its gap, and a line's height. */
export const LETTER = 12;
/** A line of text's height, in pixels. */
export const LINE = 22;
const MARGIN = 24;
const GAP = 28;
/** What a canvas takes at most, unless its cells would be too small. */
const SIDE = 264;
const [LEAST_CELL, MOST_CELL] = [8, 33];

/** A grid as a canvas to be drawn. */
export const gridShown = (grid: Grid): Shown => ({
  shape: [height(grid), width(grid)],
  slots: grid.flat(),
});

/** What a panel takes. */
export function roomOf({ title, shown, captions = [], room }: Panel): Room {
  const [rows, columns] = shown ? drawnShape(shown) : [0, 0];
  return {
    rows: Math.max(rows, room?.rows ?? 0),
    columns: Math.max(columns, room?.columns ?? 0),
    letters: Math.max(0, room?.letters ?? 0, ...[title ?? "", ...captions].map((text) => [...text].length)),
    captions: Math.max(captions.length, room?.captions ?? 0),
    titled: title !== undefined || (room?.titled ?? false),
  };
}

/** Room for any of several panels. */
export const roomForAll = (panels: readonly Panel[]): Room =>
  panels.reduce((room, panel) => roomOf({ ...panel, room }), roomOf({}));

const box = (x: number, y: number, width: number, height: number, ink: number): Item => ({
  kind: "box",
  x,
  y,
  width,
  height,
  ink,
});

/** A frame of lines inside a square. */
const ring = (x: number, y: number, side: number, thick: number, ink: number): Item[] => [
  box(x, y, side, thick, ink),
  box(x, y + side - thick, side, thick, ink),
  box(x, y + thick, thick, side - 2 * thick, ink),
  box(x + side - thick, y + thick, thick, side - 2 * thick, ink),
];

function drawCanvas(
  { shape, slots, confidence, retracted = [] }: Shown,
  left: number,
  top: number,
  cell: number,
  paint: SceneOptions["paint"],
): Item[] {
  const [rows, columns] = drawnShape({ shape });
  const side = cell - 1;
  const thick = Math.max(1, Math.round(cell / 10));
  const back = new Set(retracted);
  const inMiddle = (x: number, y: number, size: number, ink: number): Item => {
    const inset = Math.floor((side - size) / 2);
    return box(x + inset, y + inset, size, size, ink);
  };
  const [dot, chip] = [Math.max(2, Math.round(cell / 6)), Math.max(3, Math.round(side * 0.44))];
  const drawCell = (i: number): Item[] => {
    const [x, y] = [left + 1 + (i % columns) * cell, top + 1 + Math.floor(i / columns) * cell];
    const open = slots[i] === OPEN;
    const heat = paint === "confidence" && confidence !== undefined;
    const colour = open ? INK.open : INK.colour(slots[i]!);
    return [
      box(x, y, side, side, heat ? INK.heat(confidence[i]!) : colour),
      ...(open ? (heat ? [] : [inMiddle(x, y, dot, INK.dot)]) : heat ? [inMiddle(x, y, chip, colour)] : []),
      // Two rings, so that they stand off any colour.
      ...(back.has(i)
        ? [
            ...ring(x, y, side, thick, INK.mark),
            ...ring(x + thick, y + thick, side - 2 * thick, thick, INK.ground),
          ]
        : []),
    ];
  };
  return [
    box(left, top, columns * cell + 1, rows * cell + 1, INK.line),
    ...slots.flatMap((_, i) => drawCell(i)),
  ];
}

function drawPanel(
  panel: Panel,
  left: number,
  top: number,
  rowsBelow: number,
  cell: number,
  { paint }: SceneOptions,
): Item[] {
  const { title, shown, captions = [] } = panel;
  const text = (line: string, y: number, ink: number): Item => ({
    kind: "text",
    x: left,
    y,
    text: line,
    ink,
  });
  const canvasTop = top + (roomOf(panel).titled ? LINE + 4 : 0);
  return [
    ...(title ? [text(title, top, INK.strong)] : []),
    ...(shown ? drawCanvas(shown, left, canvasTop, cell, paint) : []),
    ...captions.map((line, i) => text(line, canvasTop + rowsBelow * cell + 9 + i * LINE, INK.soft)),
  ];
}

/** Lays panels out in rows, from the top left. */
export function layOut(rows: readonly (readonly Panel[])[], options: SceneOptions = {}): Scene {
  const rooms = rows.map((row) => row.map(roomOf));
  const longest = Math.max(1, ...rooms.flat().flatMap((room) => [room.rows, room.columns]));
  const cell = options.cell ?? Math.min(MOST_CELL, Math.max(LEAST_CELL, Math.floor(SIDE / longest)));
  const items: Item[] = [];
  let [bottom, right] = [MARGIN, MARGIN];
  if (options.title) {
    items.push({ kind: "text", x: MARGIN, y: bottom, text: options.title, ink: INK.strong });
    right = MARGIN + [...options.title].length * LETTER;
    bottom += LINE + 10;
  }
  for (const [r, row] of rows.entries()) {
    if (r > 0) bottom += GAP;
    let x = MARGIN;
    const tallest = Math.max(0, ...rooms[r]!.map((room) => room.rows));
    const titled = rooms[r]!.some((room) => room.titled);
    for (const [p, panel] of row.entries()) {
      const { columns, letters } = rooms[r]![p]!;
      const room = { ...rooms[r]![p]!, titled };
      items.push(...drawPanel({ ...panel, room }, x, bottom, tallest, cell, options));
      x += Math.max(columns * cell + 1, letters * LETTER) + GAP;
    }
    right = Math.max(right, x - GAP);
    const captions = Math.max(0, ...rooms[r]!.map((room) => room.captions));
    bottom += (titled ? LINE + 4 : 0) + tallest * cell + 1 + (captions ? 8 + captions * LINE : 0);
  }
  const whole = box(0, 0, right + MARGIN, bottom + MARGIN, INK.ground);
  return { width: right + MARGIN, height: bottom + MARGIN, items: [whole, ...items] };
}

// A grid as an answer: its height and width first, then a canvas of that size, a slot for each cell.
import { COLOURS, commonest, type Grid, height, MAX_SIDE, width } from "../arc/grid.ts";
import type { Size } from "../arc/size-rules.ts";
import { JigsawError } from "../core/errors.ts";
import { blockEnds } from "../sequence/layout.ts";
import {
  canvasLength,
  gridPositions,
  nthCellIndex,
  readGrid,
  sideOf,
  sizeSlot,
  sizeToken,
  TOKEN,
  type Token,
} from "../sequence/tokens.ts";
import { type Canvas, commit, type Layout, openCanvas } from "./canvas.ts";
import {
  argmax,
  type Choice,
  type Distribution,
  distributionOf,
  forced,
  type IdRange,
} from "./distribution.ts";
import { OPEN } from "./frames.ts";
import type { AnswerFormat, GridFacts, Reader, Script } from "./prompt.ts";
import type { Ties } from "./ties.ts";

const COLOUR: IdRange = { first: 0, count: COLOURS };
const SIDE: IdRange = { first: sizeToken(1), count: MAX_SIDE };

/** A grid of so many rows and columns, by its number in the sequence. */
export function gridLayout(rows: number, columns: number, grid: number): Layout<Grid> {
  const places = gridPositions(rows, columns, grid);
  const slots = Array.from({ length: rows * columns }, (_, cell) => ({
    ...COLOUR,
    index: nthCellIndex(cell, columns),
  }));
  /** The ids of tokens that are known; of a slot the number below 0 that tells which it is. */
  const ids = new Array<number>(canvasLength(rows, columns)).fill(TOKEN.rowEnd);
  [ids[0], ids[1]] = [sizeToken(rows), sizeToken(columns)];
  for (const [slot, { index }] of slots.entries()) ids[index] = -1 - slot;
  const idAt = (index: number, filled: readonly number[]): number => {
    const id = ids[index]!;
    if (id >= 0) return id;
    const held = filled[-1 - id]!;
    return held === OPEN ? TOKEN.mask : held;
  };
  const tokens = (filled: readonly number[], from = 0, to = ids.length): Token[] => {
    const found: Token[] = [];
    for (let i = from; i < to; i++) found.push({ id: idAt(i, filled), place: places[i]! });
    return found;
  };
  return {
    shape: [rows, columns],
    slots,
    length: ids.length,
    tokens,
    blockEnds: (blockSize, shift) => blockEnds(tokens(slots.map(() => OPEN)), blockSize, shift),
    control: {
      backspace: (cell) => ({ id: TOKEN.backspace, place: places[slots[cell]!.index]! }),
      end: TOKEN.end,
    },
    read: (filled) => Array.from({ length: rows }, (_, r) => filled.slice(r * columns, (r + 1) * columns)),
  };
}

/** The model's own distributions over the sizes of the answer to a prompt. Each is asked for once. */
export function gridSizes(reader: Reader, grid: number) {
  const slot = (which: "height" | "width") => sizeSlot(which, grid);
  const knownHeight = (rows: number): Token => ({ ...slot("height"), id: sizeToken(rows) });
  const read = (logits: Float32Array): Distribution => distributionOf(logits, SIDE);
  return {
    heights: () =>
      reader.once("heights", async () =>
        read((await reader.next([{ tokens: [], mask: slot("height") }]))[0]!),
      ),
    /** Over widths, given each of some heights; those not known yet are read in one pass. */
    async widths(...heights: readonly number[]): Promise<Distribution[]> {
      const known = await reader.once("widths", async () => new Map<number, Distribution>());
      const missing = heights.filter((rows) => !known.has(rows));
      if (missing.length > 0) {
        const asked = missing.map((rows) => ({ tokens: [knownHeight(rows)], mask: slot("width") }));
        const logits = await reader.next(asked);
        for (const [i, rows] of missing.entries()) known.set(rows, read(logits[i]!));
      }
      return heights.map((rows) => known.get(rows)!);
    },
  };
}

const facts = (tokens: readonly Token[], number: number, size: Size | undefined): GridFacts => ({
  number,
  size,
  get input() {
    const from = tokens.findLastIndex(({ id }) => id === TOKEN.input) + 1;
    return readGrid(tokens.slice(from).map(({ id }) => id));
  },
  get background() {
    // Outputs have even numbers, and the test input comes just before its answer.
    const counted = tokens.filter(
      ({ id, place }) => id < COLOURS && (place.grid % 2 === 0 || place.grid === number - 1),
    );
    return commonest(counted.map(({ id }) => id));
  },
});

const isSide = (side: number | undefined): boolean =>
  Number.isInteger(side) && side! >= 1 && side! <= MAX_SIDE;

/** @param size where it is known, by a rule or otherwise; else the model decides it, height first */
export function gridFormat(tokens: readonly Token[], grid: number, size?: Size): AnswerFormat<Grid> {
  return {
    layoutOf([rows, columns, ...more]) {
      if (isSide(rows) && isSide(columns) && more.length === 0) return gridLayout(rows!, columns!, grid);
      throw new JigsawError(
        "bad-option",
        `a canvas that has shape ${[rows, columns, ...more].filter((side) => side !== undefined).join(" x ")} is no grid`,
        `Give 1 to ${MAX_SIDE} rows and columns.`,
      );
    },
    async layOut(reader, template) {
      const [rows, columns] = template?.shape ?? (size ? [size.rows, size.columns] : []);
      const sizes = gridSizes(reader, grid);
      const decide = (known: number | undefined, distribution: () => Promise<Distribution>) =>
        known === undefined ? distribution().then(argmax) : forced(sizeToken(known));
      const height = await decide(rows, sizes.heights);
      const width = await decide(columns, async () => (await sizes.widths(sideOf(height.id)))[0]!);
      return { layout: gridLayout(sideOf(height.id), sideOf(width.id), grid), decided: [height, width] };
    },
    script: gridScript(grid, size),
    grid: facts(tokens, grid, size),
  };
}

const SIZE_SLOTS = 2;

function gridScript(grid: number, size: Size | undefined): Script<Grid> {
  const layouts = new Map<string, Layout<Grid>>();
  const layoutFor = ([height, width]: readonly number[]): Layout<Grid> => {
    const key = `${height} ${width}`;
    const layout = layouts.get(key) ?? gridLayout(sideOf(height!), sideOf(width!), grid);
    layouts.set(key, layout);
    return layout;
  };
  const canvasOf = (choices: readonly Choice[], ties: Ties): Canvas<Grid> | undefined => {
    if (choices.length < SIZE_SLOTS) return undefined;
    const decided = choices.slice(0, SIZE_SLOTS);
    const canvas = openCanvas(layoutFor(decided.map(({ id }) => id)), { decided, ties });
    for (const [cell, choice] of choices.slice(SIZE_SLOTS).entries()) commit(canvas, cell, choice);
    return canvas;
  };
  return {
    known: size ? [sizeToken(size.rows), sizeToken(size.columns)] : [],
    slotAfter(ids) {
      if (ids.length < SIZE_SLOTS) return SIDE;
      return layoutFor(ids).slots[ids.length - SIZE_SLOTS];
    },
    tokensOf(ids) {
      const at = ids.length - 1;
      if (at < SIZE_SLOTS) return [{ ...sizeSlot(at === 0 ? "height" : "width", grid), id: ids[at]! }];
      const { slots, tokens, length } = layoutFor(ids);
      const cell = at - SIZE_SLOTS;
      return tokens(ids.slice(SIZE_SLOTS), slots[cell]!.index, slots[cell + 1]?.index ?? length);
    },
    canvasOf,
    idsOf: (answer) => [sizeToken(height(answer)), sizeToken(width(answer)), ...answer.flat()],
  };
}

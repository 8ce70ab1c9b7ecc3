// What a decoder shows while it works. Terminal, page, picture and trace read frames and nothing else.

/** What stands in a slot for which nothing was chosen yet. */
export const OPEN = -1;

/** The whole canvas after a pass. Slots are numbered in reading order. */
export interface Frame {
  /** Forward passes so far. */
  readonly pass: number;
  /** How the slots are laid out to be drawn: [rows, columns] of a grid, [length] of a line. */
  readonly shape: readonly number[];
  /** What each slot holds: a token id (for a grid, a colour), or OPEN. */
  readonly slots: readonly number[];
  /** For each slot the probability of what it holds (of the likeliest token, while the slot is open). */
  readonly confidence: readonly number[];
  /** Slots that this pass committed. */
  readonly committed: readonly number[];
  /** Slots that this pass took back. */
  readonly retracted: readonly number[];
  /** Choices of this pass that were decided by less than 1e-4: rounding alone could have chosen otherwise. */
  readonly ties: number;
}

/** A canvas that is partly filled, to go on from. */
export interface Template {
  /** As the layout's: [rows, columns] of a grid. */
  readonly shape: readonly number[];
  /** What each slot holds, in reading order: a token id (for a grid, a colour), or OPEN. */
  readonly slots: readonly number[];
  /** Filled slots that are never changed or taken back. */
  readonly locked: readonly number[];
}

/** What a canvas holds, and how it is laid out. */
export type Filling = Pick<Frame, "shape" | "slots">;

/** The rows and columns in which a canvas is drawn; a line is one row. */
export const drawnShape = ({ shape }: Pick<Frame, "shape">): [rows: number, columns: number] => [
  shape.length > 1 ? shape[0]! : 1,
  shape.at(-1)!,
];

/** The slots in rows, as they are drawn. */
export function drawnRows<T>(canvas: Pick<Frame, "shape">, slots: readonly T[]): T[][] {
  const [rows, columns] = drawnShape(canvas);
  return Array.from({ length: rows }, (_, r) => slots.slice(r * columns, (r + 1) * columns));
}

/** Whether two canvases have the same shape. */
export const sameShape = (a: Pick<Frame, "shape">, b: Pick<Frame, "shape">): boolean =>
  a.shape.length === b.shape.length && a.shape.every((side, i) => side === b.shape[i]);

/** The slots that changed from one canvas shown to the next: those filled or filled otherwise, and those taken back. */
export function changes(
  before: readonly number[],
  after: readonly number[],
): { committed: number[]; retracted: number[] } {
  const changed = [...after.keys()].filter((slot) => before[slot] !== after[slot]);
  return {
    committed: changed.filter((slot) => after[slot] !== OPEN),
    retracted: changed.filter((slot) => before[slot] !== OPEN),
  };
}

/** The mask token's id, which open slots held in Jigsaw 0.1.0. */
const MASK_0_1_0 = 16;

/**
 * A frame or canvas as Jigsaw 0.1.0 wrote it, always a grid ({ rows, columns, cells, close? }), as one of today
 * ({ shape, slots, ties? }); any other value is returned as it is.
 */
export function fromFirst(value: unknown): unknown {
  const { rows, columns, cells, close, ...rest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof rows !== "number" || typeof columns !== "number" || !Array.isArray(cells)) return value;
  const slots = cells.map((id) => (id === MASK_0_1_0 ? OPEN : id));
  return { ...rest, shape: [rows, columns], slots, ...(close !== undefined && { ties: close }) };
}

// Frames and canvases as Jigsaw 0.1.0 wrote them: always grids, open cells told by the mask token's id. The one place
// that knows them; traces and what a browser has stored pass through it when they are read.
import { OPEN } from "./frames.ts";

const MASK = 16;

/** A frame or canvas of 0.1.0 ({ rows, columns, cells, close? }) as one of today ({ shape, slots, ties? }); all else as it is. */
export function fromFirst(value: unknown): unknown {
  const { rows, columns, cells, close, ...rest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof rows !== "number" || typeof columns !== "number" || !Array.isArray(cells)) return value;
  const slots = cells.map((id) => (id === MASK ? OPEN : id));
  return { ...rest, shape: [rows, columns], slots, ...(close !== undefined && { ties: close }) };
}

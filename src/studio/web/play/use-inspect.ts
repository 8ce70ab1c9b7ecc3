// What the model says of the cell that is pointed at. Answers are kept for each canvas, so that going back over cells
// asks nothing again.
import { useEffect, useState } from "preact/hooks";
import { drawnShape, type Filling, OPEN } from "../../../decode/frames.ts";
import type { Colours } from "../../shared/protocol.ts";
import { isOpen } from "../components/labels.ts";
import { backend } from "../state/backend.ts";
import type { Puzzle } from "../state/puzzle.ts";

/** The distribution of one cell, as far as it is known. */
export interface Inspected {
  readonly cell: number;
  /** Null where the model has nothing to say of it. */
  readonly shares: Colours | null | undefined;
  readonly error?: string;
}

/** Milliseconds for which a pointer must rest. */
const REST = 90;
const MOST_KEPT = 400;

type Shares = readonly (Colours | null)[];
const kept = new WeakMap<object, Map<string, Promise<Shares>>>();

/** A filled cell is asked about as if it were open: a model that sees a cell has nothing to say of it. */
function asked(canvas: Filling, cell: number): Filling {
  const { shape, slots } = canvas;
  return { shape, slots: isOpen(slots[cell]!) ? slots : slots.with(cell, OPEN) };
}

const keyOf = (model: string, test: number, { shape, slots }: Filling): string =>
  [model, test, shape, slots].join("|");

function ask({ task, test }: Puzzle, model: string, canvas: Filling): Promise<Shares> {
  const known = kept.get(task) ?? new Map<string, Promise<Shares>>();
  kept.set(task, known);
  const key = keyOf(model, test, canvas);
  const before = known.get(key);
  if (before) return before;
  const { shape, slots } = canvas;
  const request = { task, test, model, canvas: { shape, slots, locked: [] } };
  const asking = backend().then((one) => one.inspect(request));
  if (known.size >= MOST_KEPT) known.delete(known.keys().next().value!);
  known.set(key, asking);
  asking.catch(() => known.delete(key));
  return asking;
}

/** The distribution of a cell of a canvas; undefined while no cell is pointed at. */
export function useInspect(
  puzzle: Puzzle,
  model: string | undefined,
  canvas: Filling | undefined,
  cell: number | undefined,
): Inspected | undefined {
  const [found, setFound] = useState<Inspected & { readonly key: string }>();
  const within =
    model !== undefined && canvas !== undefined && cell !== undefined && cell < canvas.slots.length;
  const key = within ? `${keyOf(model, puzzle.test, canvas)}|${cell}` : "";
  useEffect(() => {
    if (!within) return;
    let current = true;
    const tell = (answer: Omit<Inspected, "cell">) => current && setFound({ key, cell, ...answer });
    const timer = setTimeout(() => {
      ask(puzzle, model, asked(canvas, cell)).then(
        (shares) => tell({ shares: shares[cell] }),
        (error: Error) => tell({ shares: undefined, error: error.message }),
      );
    }, REST);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [puzzle, key]);
  if (!within) return undefined;
  // While a canvas moves on, what was said of the cell a moment ago stands.
  return found?.cell === cell && (found.key === key || found.shares) ? found : { cell, shares: undefined };
}

/** The heading over a distribution. */
export function inspectTitle(inspected: Inspected | undefined, canvas: Filling | undefined): string {
  if (!inspected || !canvas) return "Point at a cell to see what it may be.";
  const { cell, shares, error } = inspected;
  const [, columns] = drawnShape(canvas);
  const place = `Row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}`;
  if (error) return `${place}: ${error}`;
  if (shares === null) return `${place}: a typewriter says nothing of cells beyond its next one.`;
  if (!shares) return `${place}: asking`;
  return isOpen(canvas.slots[cell]!) ? `${place}, open` : `${place}, if it were open`;
}

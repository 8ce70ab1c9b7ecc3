// biome-ignore-all lint/a11y/useSemanticElements: the cells of a table have sizes of their own
// biome-ignore-all lint/a11y/useFocusableInteractive: the cells have the focus, not their rows
// A live grid: cells that can be pointed at, painted and dragged over, by pointer and by keyboard.
import { useRef, useState } from "preact/hooks";
import { drawnShape, type Filling } from "../../../decode/frames.ts";
import { digits as digitsSetting } from "../state/preferences.ts";
import { useStore } from "../state/store.ts";
import { cellLabel, isOpen } from "./labels.ts";
import { line, moved, rectangle } from "./region.ts";

/** Cells, by number, that are drawn with a mark. */
export interface Marks {
  /** Filled in the step that is shown. */
  readonly fresh?: readonly number[];
  /** Taken back in the step that is shown. */
  readonly gone?: readonly number[];
  readonly locked?: readonly number[];
  /** Unlike in the grid that this one is compared with. */
  readonly differs?: readonly number[];
  readonly wrong?: readonly number[];
}

export interface GridProps {
  readonly canvas: Filling;
  readonly label: string;
  /** The probability of each cell's colour. */
  readonly confidence?: readonly number[] | undefined;
  /** Shades cells by confidence instead of painting them. */
  readonly heat?: boolean;
  readonly marks?: Marks | undefined;
  /** The cell that is hovered or focused, or none. */
  readonly onPoint?: ((cell: number | undefined) => void) | undefined;
  /** What dragging does: passes over cells, or draws a rectangle; without it nothing. */
  readonly drag?: "cells" | "region" | undefined;
  /** Cells that were passed over, `first` where a stroke begins; or a finished rectangle, always a first. */
  readonly onCells?: ((cells: readonly number[], first: boolean) => void) | undefined;
  /** A key that does not move, with the cell that has the focus or the selected rectangle; true where it was used. */
  readonly onKey?: ((key: string, cells: readonly number[]) => boolean) | undefined;
  /** The side of a cell at most, in pixels. */
  readonly cell?: number;
  /** The height of the grid at most, as CSS. */
  readonly room?: string;
  readonly testid?: string;
}

const MARK_WORDS: Readonly<Record<keyof Marks, string>> = {
  fresh: "new",
  gone: "taken back",
  locked: "locked",
  differs: "differs",
  wrong: "wrong",
};

/** The cell under a pointer, whatever element caught its events. */
function cellAt(grid: HTMLElement, { clientX, clientY }: PointerEvent): number | undefined {
  const found = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>("[data-index]");
  return found && grid.contains(found) ? Number(found.dataset.index) : undefined;
}

/** An interactive canvas: an ARIA grid with one tab stop. */
export function Grid(props: GridProps) {
  const { canvas, confidence, heat = false, marks = {}, drag, onPoint, onCells, onKey } = props;
  const { slots: cells } = canvas;
  const [rows, columns] = drawnShape(canvas);
  const digits = useStore(digitsSetting);
  const [focus, setFocus] = useState(0);
  const [anchor, setAnchor] = useState<number>();
  const [stroke, setStroke] = useState<{ from: number; to: number }>();
  const grid = useRef<HTMLDivElement>(null);
  const active = Math.min(focus, cells.length - 1);
  const selected =
    stroke && drag === "region"
      ? rectangle(stroke.from, stroke.to, columns)
      : anchor !== undefined && anchor < cells.length
        ? rectangle(anchor, active, columns)
        : [];
  const of = (kind: keyof Marks) => new Set(marks[kind]);
  const sets = {
    fresh: of("fresh"),
    gone: of("gone"),
    locked: of("locked"),
    differs: of("differs"),
    wrong: of("wrong"),
  };
  const chosen = new Set(selected);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    const to = moved(event.key, active, rows, columns, event.ctrlKey);
    if (to !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey ? (anchor ?? active) : undefined);
      setFocus(to);
      grid.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus();
      return;
    }
    if (event.ctrlKey) return;
    const concerned = selected.length > 0 ? selected : [active];
    const apply = (event.key === "Enter" || event.key === " ") && drag && onCells;
    if (apply) onCells(concerned, true);
    if (apply || onKey?.(event.key, concerned)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const onPointerDown = (event: PointerEvent) => {
    const cell = cellAt(grid.current!, event);
    setAnchor(undefined);
    if (cell === undefined || !drag || event.button !== 0) return;
    event.preventDefault();
    grid.current!.setPointerCapture(event.pointerId);
    grid.current!.querySelector<HTMLElement>(`[data-index="${cell}"]`)?.focus({ preventScroll: true });
    setStroke({ from: cell, to: cell });
    if (drag === "cells") onCells?.([cell], true);
  };
  const onPointerMove = (event: PointerEvent) => {
    const cell = cellAt(grid.current!, event);
    if (cell !== undefined) onPoint?.(cell);
    if (!stroke || cell === undefined || cell === stroke.to) return;
    if (drag === "cells") onCells?.(line(stroke.to, cell, columns).slice(1), false);
    setStroke({ from: stroke.from, to: cell });
  };
  const onPointerUp = () => {
    if (stroke && drag === "region") onCells?.(rectangle(stroke.from, stroke.to, columns), true);
    setStroke(undefined);
  };

  const cellOf = (index: number) => {
    const value = cells[index]!;
    const said = (Object.keys(sets) as (keyof Marks)[]).filter((kind) => sets[kind].has(index));
    const sure = confidence?.[index];
    const open = isOpen(value);
    const digit = digits && !open ? value : null;
    return (
      <div
        key={index}
        role="gridcell"
        class={`cell${open || heat ? "" : ` ink-on-${value}`}`}
        data-index={index}
        data-testid="cell"
        data-value={open ? "open" : value}
        tabIndex={index === active ? 0 : -1}
        aria-selected={chosen.has(index) || undefined}
        aria-label={cellLabel(
          index,
          columns,
          value,
          sure,
          said.map((kind) => MARK_WORDS[kind]),
        )}
        style={
          heat
            ? { "--sure": `${((sure ?? 0) * 100).toFixed(1)}%` }
            : open
              ? {}
              : { background: `var(--c${value})` }
        }
        onFocus={() => {
          setFocus(index);
          onPoint?.(index);
        }}
      >
        {heat && !open ? (
          <span class={`chip ink-on-${value}`} style={{ background: `var(--c${value})` }}>
            {digit}
          </span>
        ) : (
          digit
        )}
        {sets.fresh.has(index) && <span class="mark new" />}
        {sets.gone.has(index) && <span class="mark gone" />}
        {sets.differs.has(index) && <span class="mark differs" />}
        {sets.wrong.has(index) && <span class="mark wrong" />}
        {sets.locked.has(index) && <span class="mark lock" />}
        {chosen.has(index) && <span class="mark chosen" />}
      </div>
    );
  };

  return (
    <div
      ref={grid}
      role="grid"
      class="grid"
      aria-label={props.label}
      aria-multiselectable={drag ? true : undefined}
      data-testid={props.testid}
      data-drag={drag}
      data-heat={heat || undefined}
      style={{
        "--rows": rows,
        "--columns": columns,
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        ...(props.cell && { "--cell": `${props.cell}px` }),
        ...(props.room && { "--room": props.room }),
      }}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setStroke(undefined)}
      onPointerLeave={() => onPoint?.(undefined)}
      onFocusOut={(event: FocusEvent) => {
        if (!grid.current?.contains(event.relatedTarget as Node | null)) {
          setAnchor(undefined);
          onPoint?.(undefined);
        }
      }}
    >
      {Array.from({ length: rows }, (_, r) => (
        <div key={r} role="row" class="grid-row">
          {Array.from({ length: columns }, (_, c) => cellOf(r * columns + c))}
        </div>
      ))}
    </div>
  );
}

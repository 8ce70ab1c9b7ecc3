// A still grid: an SVG of one path a colour, so that hundreds of them cost little.
import type { Grid } from "../../../arc/grid.ts";
import { digits } from "../state/preferences.ts";
import { useStore } from "../state/store.ts";
import { gridInWords, isOpen } from "./labels.ts";

export interface PictureProps {
  readonly grid: Grid;
  /** What it is: "input of demonstration 2". Its size and colours are added for screen readers. */
  readonly label: string;
  /** The side of a cell, at most, in pixels. */
  readonly cell?: number;
  /** The longer side of the picture, at most, in pixels. */
  readonly most?: number;
  /** Left out by screen readers, where the words beside it say enough. */
  readonly ornament?: boolean;
}

const squares = (grid: Grid, colour: number): string =>
  grid.flatMap((row, r) => row.map((value, c) => (value === colour ? `M${c} ${r}h1v1h-1z` : ""))).join("");

/** Between smaller cells, in pixels, lines would hide the colours. */
const LEAST_LINED = 5;

const outline = (rows: number, columns: number): string => `M0 0h${columns}v${rows}h${-columns}z`;

const lines = (rows: number, columns: number): string =>
  [
    ...Array.from({ length: columns + 1 }, (_, c) => `M${c} 0v${rows}`),
    ...Array.from({ length: rows + 1 }, (_, r) => `M0 ${r}h${columns}`),
  ].join("");

/** A grid as a still image. */
export function Picture({ grid, label, cell = 22, most = 160, ornament = false }: PictureProps) {
  const withDigits = useStore(digits);
  const [rows, columns] = [grid.length, grid[0]!.length];
  const side = Math.min(cell, most / rows, most / columns);
  const colours = [...new Set(grid.flat())];
  return (
    <svg
      class="picture"
      viewBox={`0 0 ${columns} ${rows}`}
      width={columns * side}
      height={rows * side}
      role="img"
      aria-hidden={ornament}
      aria-label={ornament ? undefined : `${label}: ${gridInWords(grid)}`}
    >
      {colours.map((colour) => (
        <path
          key={colour}
          d={squares(grid, colour)}
          style={{ fill: isOpen(colour) ? "var(--open)" : `var(--c${colour})` }}
        />
      ))}
      <path
        d={(side < LEAST_LINED ? outline : lines)(rows, columns)}
        style={{ stroke: "var(--grid-line)", fill: "none", strokeWidth: 1 }}
        vector-effect="non-scaling-stroke"
      />
      {withDigits &&
        side >= 9 &&
        grid.flatMap((row, r) =>
          row.map((value, c) =>
            isOpen(value) ? null : (
              <text key={`${r},${c}`} x={c + 0.5} y={r + 0.5} class={`ink-on-${value}`}>
                {value}
              </text>
            ),
          ),
        )}
    </svg>
  );
}

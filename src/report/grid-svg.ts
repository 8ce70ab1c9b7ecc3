// Grids as SVG, small enough for thousands of them in one page. Colours come from the page's style sheet.
import { area, commonest, type Grid, height, sameSize, width } from "../arc/grid.ts";
import { HEX_PALETTE } from "../arc/palette.ts";
import { escapeXml } from "./text.ts";

/** Style rules and the pattern of lines that all grids of a page share. */
export const GRID_STYLE = [
  "svg.g{display:block;shape-rendering:crispEdges}",
  "svg.g path{fill:none;stroke-width:1}",
  ...HEX_PALETTE.map((colour, id) => `.c${id}{stroke:${colour}}.b${id}{fill:${colour}}`),
  // A ring around a dot, to be seen on any colour.
  "svg.g .w{stroke:#000;stroke-width:.5;stroke-linecap:round;shape-rendering:auto}",
  "svg.g .v{stroke:#fff;stroke-width:.3;stroke-linecap:round;shape-rendering:auto}",
].join("\n");

export const GRID_LINES = `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><pattern id="lines" width="1" height="1" patternUnits="userSpaceOnUse"><path d="M0 0h1M0 0v1" stroke="#7f7f7f" stroke-opacity=".55" stroke-width=".1" fill="none"/></pattern></svg>`;

/** The longest side of a picture, and a cell's sides, in pixels. */
const [LONGEST, SMALLEST, LARGEST] = [220, 6, 20];

/** Runs of one colour as strokes, row by row. The background is not drawn. */
function strokes(grid: Grid, background: number): string {
  const paths = new Map<number, string>();
  grid.forEach((row, y) => {
    for (let x = 0; x < row.length; ) {
      const colour = row[x]!;
      let end = x + 1;
      while (row[end] === colour) end++;
      if (colour !== background) paths.set(colour, `${paths.get(colour) ?? ""}M${x} ${y}.5h${end - x}`);
      x = end;
    }
  });
  return [...paths].map(([colour, d]) => `<path class="c${colour}" d="${d}"/>`).join("");
}

/** Where two grids of one size differ, as dots. */
function dots(grid: Grid, answer: Grid): string {
  const d = grid
    .flatMap((row, y) => row.map((colour, x) => (colour === answer[y]![x] ? "" : `M${x}.5 ${y}.5h0`)))
    .join("");
  return d && `<path class="w" d="${d}"/><path class="v" d="${d}"/>`;
}

/**
 * A picture of a grid.
 * @param label what it is, for those who do not see it
 * @param answer marks the cells that differ from it, where it is as large
 */
export function gridSvg(grid: Grid, label: string, answer?: Grid): string {
  const [rows, columns] = [height(grid), width(grid)];
  const cell = Math.min(LARGEST, Math.max(SMALLEST, Math.floor(LONGEST / Math.max(rows, columns))));
  const background = commonest(grid.flat());
  const marks = answer && area(answer) && sameSize(grid, answer) ? dots(grid, answer) : "";
  return (
    `<svg class="g" role="img" aria-label="${escapeXml(label)}, ${rows} by ${columns}" viewBox="0 0 ${columns} ${rows}" width="${columns * cell}" height="${rows * cell}">` +
    `<rect class="b${background}" width="${columns}" height="${rows}"/>${strokes(grid, background)}` +
    `<rect fill="url(#lines)" width="${columns}" height="${rows}"/>${marks}</svg>`
  );
}

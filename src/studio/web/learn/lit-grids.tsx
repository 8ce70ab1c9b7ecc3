// The puzzle's grids as one token sees them: what it may look at is lit, the rest is dim.
import { COLOURS } from "../../../arc/grid.ts";
import { TOKEN } from "../../../sequence/tokens.ts";
import { type Anatomy, type Band, bandName, sees } from "./anatomy.ts";

interface LitGridsProps {
  readonly anatomy: Anatomy;
  readonly query: number;
  onQuery(query: number): void;
}

const SIDE = 15;

function LitGrid({ anatomy, band, query, onQuery }: LitGridsProps & { readonly band: Band }) {
  const cells = [];
  for (let i = band.from; i < band.to; i++) {
    const { id, place } = anatomy.tokens[i]!;
    if (place.row > 0 && (id < COLOURS || id === TOKEN.mask))
      cells.push({ i, id, row: place.row - 1, column: place.column - 1 });
  }
  const [rows, columns] = [
    1 + Math.max(...cells.map(({ row }) => row)),
    1 + Math.max(...cells.map(({ column }) => column)),
  ];
  const seen = cells.filter(({ i }) => sees(anatomy, query, i)).length;
  const find = (event: PointerEvent) => {
    const index = (event.target as Element).getAttribute("data-token");
    if (index !== null) onQuery(Number(index));
  };
  return (
    <svg
      class="learn-lit"
      viewBox={`-0.15 -0.15 ${columns + 0.3} ${rows + 0.3}`}
      width={(columns + 0.3) * SIDE}
      height={(rows + 0.3) * SIDE}
      role="img"
      aria-label={`${bandName(band)}: ${seen} of ${cells.length} cells are seen`}
      onPointerMove={find}
      onPointerDown={find}
    >
      {cells.map(({ i, id, row, column }) => (
        <rect
          key={i}
          data-token={i}
          x={column + 0.04}
          y={row + 0.04}
          width="0.92"
          height="0.92"
          style={{
            fill: id === TOKEN.mask ? "var(--open-dot)" : `var(--c${id})`,
            opacity: sees(anatomy, query, i) ? 1 : 0.14,
          }}
          class={i === query ? "query" : ""}
        />
      ))}
    </svg>
  );
}

/** The puzzle's grids, with the cells lit that one token sees. */
export function LitGrids(props: LitGridsProps) {
  const { bands } = props.anatomy;
  const demonstrations = [...new Set(bands.flatMap(({ demonstration }) => demonstration ?? []))];
  const grid = (band: Band) => <LitGrid key={band.from} {...props} band={band} />;
  return (
    <ol class="learn-lit-grids" data-testid="lit-grids">
      {demonstrations.map((number) => (
        <li key={number}>
          <span class="small quiet">Demonstration {number}</span>
          <div class="row">{bands.filter((band) => band.demonstration === number).map(grid)}</div>
        </li>
      ))}
      <li>
        <span class="small quiet">Test input and answer</span>
        <div class="row">{bands.filter(({ kind }) => kind === "test" || kind === "answer").map(grid)}</div>
      </li>
    </ol>
  );
}

// Arenas, one or several: the plot, what is known of the decoder that is pointed at, and the table.

import { useEffect, useState } from "preact/hooks";
import type { RunSummary } from "../../shared/protocol.ts";
import { Segmented, Select } from "../components/controls.tsx";
import { Scroll } from "../components/scroll.tsx";
import { useWidth } from "../components/use-width.ts";
import { backend } from "../state/backend.ts";
import {
  ALL,
  type Arena,
  COLUMNS,
  COSTS,
  type Cost,
  type Row,
  readArena,
  rowsOf,
  type Sorting,
  sizesOf,
  sorted,
} from "./arena-results.ts";
import { runColour } from "./ink.ts";
import { Pareto } from "./pareto.tsx";

function useArenas(runs: readonly RunSummary[]): {
  arenas: ReadonlyMap<string, Arena>;
  errors: readonly string[];
} {
  const [state, set] = useState<{ arenas: ReadonlyMap<string, Arena>; errors: readonly string[] }>({
    arenas: new Map(),
    errors: [],
  });
  const key = runs.map(({ name, changed }) => `${name} ${changed}`).join("\n");
  useEffect(() => {
    let current = true;
    const read = async ({ name }: RunSummary) => readArena(await (await backend()).arena(name), name);
    Promise.allSettled(runs.map(read)).then((all) => {
      if (!current) return;
      set({
        arenas: new Map(
          all.flatMap((one, i) => (one.status === "fulfilled" ? [[runs[i]!.name, one.value] as const] : [])),
        ),
        errors: all.flatMap((one) =>
          one.status === "rejected" ? [String(one.reason?.message ?? one.reason)] : [],
        ),
      });
    });
    return () => {
      current = false;
    };
  }, [key]);
  return state;
}

interface TableProps {
  readonly rows: readonly Row[];
  readonly whole: boolean;
  readonly runs: readonly string[];
  readonly chosen: Row | undefined;
  onChoose(row: Row): void;
}

function ArenaTable({ rows, whole, runs, chosen, onChoose }: TableProps) {
  const [sorting, setSorting] = useState<Sorting>({ column: 1, down: true });
  const columns = COLUMNS.filter((column) => whole || !column.whole);
  const sort = (index: number) =>
    setSorting(({ column, down }) => ({ column: index, down: column === index ? !down : index > 0 }));
  return (
    <Scroll label="Table of the decoders">
      <table class="data-table run-figures" data-testid="arena-table">
        <caption class="unseen">The decoders. A column's heading sorts by it.</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const index = COLUMNS.indexOf(column);
              const now = sorting.column === index;
              return (
                <th
                  key={column.title}
                  scope="col"
                  aria-sort={now ? (sorting.down ? "descending" : "ascending") : undefined}
                >
                  <button type="button" class="sort" title={column.about} onClick={() => sort(index)}>
                    {column.title}
                    <span aria-hidden="true">{now ? (sorting.down ? " ↓" : " ↑") : ""}</span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, sorting).map((row) => (
            <tr
              key={`${row.run} ${row.decoder}`}
              data-testid="arena-row"
              class={row.run === chosen?.run && row.decoder === chosen.decoder ? "picked" : ""}
              onPointerEnter={() => onChoose(row)}
            >
              {columns.map((column, i) =>
                i === 0 ? (
                  <th key={column.title} scope="row">
                    {runs.length > 1 && (
                      <span
                        class="run-dot"
                        style={{ background: runColour(runs.indexOf(row.run)) }}
                        title={row.run}
                      />
                    )}
                    {row.decoder}
                    <small class="quiet model">
                      {row.model}
                      {runs.length > 1 && `, ${row.run}`}
                    </small>
                  </th>
                ) : (
                  <td key={column.title}>{column.text(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** All figures of the decoder that is pointed at. */
function Details({ row, whole }: { readonly row: Row; readonly whole: boolean }) {
  return (
    <aside class="arena-details" aria-live="polite" data-testid="arena-details">
      <h3>{row.decoder}</h3>
      <p class="small quiet">
        {row.model}, in {row.run}, {row.puzzles} {row.puzzles === 1 ? "puzzle" : "puzzles"}
      </p>
      <dl>
        {COLUMNS.slice(1)
          .filter((column) => (whole || !column.whole) && column.text(row) !== "–")
          .map((column) => (
            <div key={column.title}>
              <dt title={column.about}>{column.title}</dt>
              <dd>{column.text(row)}</dd>
            </div>
          ))}
      </dl>
    </aside>
  );
}

const COST_CHOICES = (Object.keys(COSTS) as Cost[]).map((value) => ({ value, label: COSTS[value].title }));

/** Arena runs: plot and table. */
export function ArenaRuns({ runs }: { readonly runs: readonly RunSummary[] }) {
  const { arenas, errors } = useArenas(runs);
  const [cost, setCost] = useState<Cost>("ms");
  const [size, setSize] = useState(ALL);
  const [picked, pick] = useState<Row>();
  const { element, width } = useWidth(640);
  const names = [...arenas.keys()];
  const sizes = sizesOf([...arenas.values()]);
  const shownSize = sizes.includes(size) ? size : ALL;
  const rows = rowsOf(arenas, shownSize);
  const chosen =
    rows.find((row) => row.run === picked?.run && row.decoder === picked.decoder) ??
    sorted(rows, { column: 1, down: true })[0];
  const whole = shownSize === ALL;
  return (
    <div class="stack wide">
      {errors.map((error) => (
        <p key={error} class="bad" role="alert">
          {error}
        </p>
      ))}
      {[...arenas].map(([name, { settings, baseline, versions }]) => (
        <p key={name} class="quiet">
          {names.length > 1 && (
            <span class="run-dot" style={{ background: runColour(names.indexOf(name)) }} />
          )}
          {names.length > 1 && `${name}: `}
          {settings.puzzles} {settings.puzzles === 1 ? "puzzle" : "puzzles"} of{" "}
          {settings.data === "families" ? `fresh families (${settings.levels?.join(", ")})` : settings.data},
          on {settings.device}, against {baseline}; Jigsaw {versions.jigsaw}.
        </p>
      ))}
      <div class="row">
        <Segmented<Cost> label="Cost" value={cost} choices={COST_CHOICES} onChange={setCost} testid="cost" />
        {sizes.length > 2 && (
          <Select
            label="Answers of"
            bare
            value={shownSize}
            choices={sizes.map((value) => ({ value, label: value }))}
            onChange={setSize}
            testid="size"
          />
        )}
      </div>
      <div class="arena">
        <div ref={element} class="pareto-room">
          {rows.length > 0 && (
            <Pareto rows={rows} cost={cost} width={width} runs={names} chosen={chosen} onChoose={pick} />
          )}
          <p class="small quiet">
            Up is better, left is cheaper. Filled: on the front, no other is both better and cheaper. Bars:
            intervals of 95{"\u00a0"}%.
          </p>
        </div>
        {chosen && <Details row={chosen} whole={whole} />}
      </div>
      {rows.length > 0 && (
        <ArenaTable rows={rows} whole={whole} runs={names} chosen={chosen} onChoose={pick} />
      )}
    </div>
  );
}

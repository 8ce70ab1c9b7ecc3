// What answering costs: worked out, and as a model has booked it.
import type { PatternName } from "../../../sequence/attention-patterns.ts";
import { Scroll } from "../components/scroll.tsx";
import type { Cost } from "./costs.ts";
import { useRuns } from "./decode-cache.ts";
import { echo } from "./example-puzzles.ts";
import { requestFor } from "./lanes.tsx";
import { PATTERNS } from "./pattern-about.ts";

const whole = (value: number): string => value.toLocaleString("en-US");

interface LedgerProps {
  readonly rows: readonly { readonly title: string; readonly cost: Cost }[];
  /** The pairs that a whole bar stands for. */
  readonly most: number;
}

/** Costs as a table with bars of pairs. */
export function LedgerTable({ rows, most }: LedgerProps) {
  return (
    <Scroll label="Ledger">
      <table class="data-table learn-ledger" data-testid="ledger">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">What</span>
            </th>
            <th scope="col">Passes</th>
            <th scope="col">Positions</th>
            <th scope="col">Pairs</th>
            <th scope="col">
              <span class="unseen">Pairs, drawn</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ title, cost }) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td>{whole(cost.passes)}</td>
              <td>{whole(cost.positions)}</td>
              <td>{whole(cost.pairs)}</td>
              <td class="drawn" aria-hidden="true">
                <span class="bar-of">
                  <span style={{ width: `${(100 * cost.pairs) / most}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What the shipped model books for the same puzzle, where one reads by the pattern. */
export function Booked({
  pattern,
  rounds,
  expected,
}: {
  readonly pattern: PatternName;
  readonly rounds: number;
  readonly expected: Cost;
}) {
  const { model, decoder } = PATTERNS[pattern];
  const runs = useRuns(model && decoder ? [requestFor(echo, { model, decoder: decoder(rounds) })] : []);
  const [run] = runs;
  if (!run)
    return <p class="small quiet">No shipped model reads by this pattern; the figures are worked out.</p>;
  const ledger = run.status === "done" ? run.shots.at(-1)?.ledger : undefined;
  if (run.error) return <p class="small bad">{run.error.message}</p>;
  if (!ledger) return <p class="small quiet">{model} is answering</p>;
  const agrees =
    ledger.passes === expected.passes &&
    ledger.positions === expected.positions &&
    ledger.pairs === expected.pairs;
  return (
    <p class="small quiet" data-testid="booked" data-agrees={agrees}>
      {model} has just answered this puzzle so: its ledger says {whole(ledger.passes)} passes,{" "}
      {whole(ledger.positions)} positions, {whole(ledger.pairs)} pairs{agrees ? ", as worked out" : ""}.
    </p>
  );
}

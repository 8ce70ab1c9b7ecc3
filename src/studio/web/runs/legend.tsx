// The runs' newest figures, and which line is whose.
import { Scroll } from "../components/scroll.tsx";
import { figure, newCurve } from "./curves.ts";
import { runColour, runDash } from "./ink.ts";
import type { Followed } from "./use-curves.ts";

function Swatch({ style }: { readonly style: number }) {
  return (
    <svg class="run-swatch" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="28"
        y1="4"
        y2="4"
        style={{ stroke: runColour(style), strokeWidth: 2.5, strokeDasharray: runDash(style).join(" ") }}
      />
    </svg>
  );
}

interface LegendProps {
  readonly names: readonly string[];
  readonly curves: ReadonlyMap<string, Followed>;
  readonly hidden: ReadonlySet<string>;
  onToggle(name: string): void;
}

/** The runs' newest figures; a run's name turns its curves off and on. */
export function Legend({ names, curves, hidden, onToggle }: LegendProps) {
  const solves = names.some((name) =>
    curves.get(name)?.curve.lines.some((line) => line.solve_rate !== undefined),
  );
  return (
    <Scroll label="Newest figures">
      <table class="data-table run-figures" data-testid="legend">
        <caption class="unseen">The runs and their newest figures</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Step</th>
            <th scope="col">Loss</th>
            <th scope="col">Least loss</th>
            {solves && <th scope="col">Solve rate</th>}
            <th scope="col">Learning rate</th>
            <th scope="col">Sequences/s</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name, i) => {
            const { curve, error } = curves.get(name) ?? { curve: newCurve };
            const last = curve.lines.at(-1);
            const losses = curve.lines.map(({ loss }) => loss).filter(Number.isFinite);
            const solve = curve.lines.findLast((line) => line.solve_rate !== undefined)?.solve_rate;
            return (
              <tr key={name} data-testid="legend-row">
                <th scope="row">
                  <button
                    type="button"
                    class="run-toggle"
                    aria-pressed={!hidden.has(name)}
                    onClick={() => onToggle(name)}
                    title={hidden.has(name) ? "Show its curves" : "Hide its curves"}
                  >
                    <Swatch style={i} />
                    {name}
                  </button>
                </th>
                <td>
                  {error ? (
                    <span class="bad">{error}</span>
                  ) : (
                    `${figure(last?.step)}${curve.steps ? ` of ${figure(curve.steps)}` : ""}`
                  )}
                </td>
                <td>{figure(last?.loss)}</td>
                <td>{losses.length > 0 ? figure(losses.reduce((a, b) => Math.min(a, b))) : "–"}</td>
                {solves && <td>{solve === undefined ? "–" : `${(100 * solve).toFixed(1)} %`}</td>}
                <td>{figure(last?.learning_rate)}</td>
                <td>{figure(last?.sequences_per_second)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

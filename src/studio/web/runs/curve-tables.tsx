// Curves and settings of training runs as tables.
import { Scroll } from "../components/scroll.tsx";
import { type Curve, figure, METRICS, metricsOf, thin } from "./curves.ts";
import { differing, valueText } from "./selection.ts";

/** The same as the curves, for those who don't see them. */
export function CurvesTable({ name, curve }: { readonly name: string; readonly curve: Curve }) {
  const metrics = metricsOf([curve]);
  return (
    <Scroll label={`Figures of ${name}`}>
      <table class="data-table run-figures">
        <caption>{name}</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {metrics.map((metric) => (
              <th key={metric} scope="col">
                {METRICS[metric].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {thin(curve.lines, 50).map((line) => (
            <tr key={line.step}>
              <th scope="row">{line.step}</th>
              {metrics.map((metric) => (
                <td key={metric}>{figure(METRICS[metric].of(line))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The settings of runs, those that differ first. */
export function Settings({
  names,
  curves,
}: {
  readonly names: readonly string[];
  readonly curves: readonly Curve[];
}) {
  const alone = names.length === 1;
  const rows = alone
    ? Object.entries(curves[0]?.settings ?? {})
        .map(([name, value]) => ({ name, values: [valueText(value)] }))
        .filter(({ values }) => values[0] !== "–")
    : differing(curves.map(({ settings }) => settings));
  if (rows.length === 0)
    return alone ? null : <p class="quiet small">The settings of these runs are the same.</p>;
  const table = (
    <Scroll label="Settings">
      <table class="data-table run-figures left">
        <caption class="unseen">Settings</caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, i) => (
                <td key={names[i]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
  if (!alone)
    return (
      <section class="stack">
        <h2>Settings that differ</h2>
        {table}
      </section>
    );
  return (
    <details>
      <summary>Settings</summary>
      {table}
    </details>
  );
}

// Evaluations: their own reports, each in a frame that can do nothing to this page.
import { useEffect, useState } from "preact/hooks";
import type { Backend, RunSummary } from "../../shared/protocol.ts";
import { backend } from "../state/backend.ts";

/** The report of an evaluation, in a frame. */
export function Evaluations({ runs }: { readonly runs: readonly RunSummary[] }) {
  const [open, set] = useState<Backend>();
  useEffect(() => void backend().then(set), []);
  if (!open) return <p class="waiting">Loading</p>;
  return (
    <div class="stack wide">
      {runs.length > 1 && (
        <p class="quiet">
          For a paired test of these runs:{" "}
          <code>jigsaw compare {runs.map(({ name }) => name).join(" ")}</code>
        </p>
      )}
      <div class={runs.length > 1 ? "reports beside" : "reports"}>
        {runs.map(({ name }) => (
          <section key={name} class="stack">
            <div class="row apart">
              <h2>{name}</h2>
              <a href={open.reportUrl(name)} target="_blank" rel="noreferrer">
                Open the report alone
              </a>
            </div>
            <iframe
              class="report"
              title={`Report of ${name}`}
              // Its own script may filter its own table; it has no origin, so it reaches nothing else.
              sandbox="allow-scripts"
              src={open.reportUrl(name)}
              data-testid="report"
            />
          </section>
        ))}
      </div>
    </div>
  );
}

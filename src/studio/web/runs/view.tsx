// Runs: what was trained, compared and evaluated. A list, and beside it what is chosen of it.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RunSummary } from "../../shared/protocol.ts";
import { Button } from "../components/controls.tsx";
import { Lazy } from "../components/lazy.tsx";
import { aboutBackend, backend } from "../state/backend.ts";
import { go } from "../state/route.ts";
import { hashOf, type ViewProps } from "../state/routes.ts";
import { ago, namesIn, newestFirst, paramsFor, shownRuns, toggled } from "./selection.ts";
import "./runs.css";

const KINDS = [
  {
    kind: "training",
    title: "Training",
    command: "jigsaw train --out runs/first --steps 2000",
  },
  {
    kind: "arena",
    title: "Arena",
    command: "jigsaw arena --decoders greedy,steps,adaptive --limit 50 --out runs/arena",
  },
  {
    kind: "evaluation",
    title: "Evaluation",
    command: "jigsaw eval --data examples --out runs/eval",
  },
] as const satisfies readonly { readonly kind: RunSummary["kind"]; readonly [about: string]: string }[];

/** How often it is looked whether there are new runs, in milliseconds, while the page is seen. */
const EVERY = 5000;

type Found = readonly RunSummary[] | Error | "elsewhere" | undefined;

function useRuns(): Found {
  const [found, set] = useState<Found>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const look = async () => {
      try {
        if (!(await aboutBackend()).runs) return set("elsewhere");
        if (!document.hidden) set(await (await backend()).runs());
      } catch (error) {
        set(error instanceof Error ? error : new Error(String(error)));
      }
      if (!ended) timer = setTimeout(look, EVERY);
    };
    look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, []);
  return found;
}

function Commands({ kinds }: { readonly kinds: readonly (typeof KINDS)[number][] }) {
  return (
    <ul class="stack commands">
      {kinds.map(({ kind, title, command }) => (
        <li key={kind}>
          <h3>{title}</h3>
          <pre class="command">{command}</pre>
        </li>
      ))}
    </ul>
  );
}

interface ListProps {
  readonly runs: readonly RunSummary[];
  readonly shown: readonly RunSummary[];
}

function RunList({ runs, shown }: ListProps) {
  const names = shown.map(({ name }) => name);
  return (
    <nav class="side-list run-list" aria-label="Runs">
      {KINDS.map(({ kind, title }) => {
        const some = newestFirst(runs).filter((run) => run.kind === kind);
        if (some.length === 0) return null;
        return (
          <section key={kind}>
            <h2>{title}</h2>
            <ul>
              {some.map((run) => {
                const on = names.includes(run.name);
                const comparable = shown[0]?.kind === kind && (!on || names.length > 1);
                return (
                  <li key={run.name} class={on ? "run shown" : "run"}>
                    <a
                      href={hashOf("runs", paramsFor([run.name]))}
                      aria-current={on ? "true" : undefined}
                      data-testid="run"
                      data-name={run.name}
                    >
                      {run.name}
                      <small class="quiet">
                        {[run.about, ago(run.changed, Date.now())].filter(Boolean).join(", ")}
                      </small>
                    </a>
                    {comparable && (
                      <Button
                        kind="plain"
                        icon
                        label={on ? `Leave out ${run.name}` : `Compare with ${run.name}`}
                        testid="compare"
                        onClick={() => go("runs", paramsFor(toggled(names, run.name)))}
                      >
                        <span aria-hidden="true">{on ? "−" : "+"}</span>
                      </Button>
                    )}
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}

const DETAILS = {
  training: async () => (await import("./training.tsx")).Training,
  arena: async () => (await import("./arena-view.tsx")).ArenaRuns,
  evaluation: async () => (await import("./evaluation.tsx")).Evaluations,
} as const satisfies Record<
  RunSummary["kind"],
  () => Promise<ComponentType<{ readonly runs: readonly RunSummary[] }>>
>;

export default function Runs({ params }: ViewProps) {
  const runs = useRuns();
  if (runs === undefined) return <p class="waiting">Loading</p>;
  if (runs === "elsewhere" || runs instanceof Error || runs.length === 0)
    return (
      <>
        <div class="view-head">
          <h1>Runs</h1>
        </div>
        <div class="stack runs-empty" data-testid="no-runs">
          {runs === "elsewhere" && (
            <p>
              This page has no folder of runs to look into. Start the studio where the runs are:{" "}
              <code>jigsaw studio</code> shows what is in <code>runs</code>.
            </p>
          )}
          {runs instanceof Error && (
            <p class="bad" role="alert">
              {runs.message}
            </p>
          )}
          {Array.isArray(runs) && (
            <p>
              No runs yet. Training, comparing and evaluating each leave a folder; what is in{" "}
              <code>runs</code> is shown here, while it grows. One of these makes the first:
            </p>
          )}
          {!(runs instanceof Error) && <Commands kinds={KINDS} />}
        </div>
      </>
    );
  const shown = shownRuns(namesIn(params), runs);
  const missing = KINDS.filter(({ kind }) => !runs.some((run) => run.kind === kind));
  return (
    <>
      <div class="view-head">
        <h1>Runs</h1>
      </div>
      <div class="with-side runs">
        <div class="stack">
          <RunList runs={runs} shown={shown} />
          {missing.length > 0 && (
            <details class="missing">
              <summary>How to make other kinds</summary>
              <Commands kinds={missing} />
            </details>
          )}
        </div>
        <section class="run-detail" aria-label={shown.map(({ name }) => name).join(", ")}>
          <h2 class="run-title">{shown.map(({ name }) => name).join(" and ")}</h2>
          <Lazy load={DETAILS[shown[0]!.kind]} props={{ runs: shown }} />
        </section>
      </div>
    </>
  );
}

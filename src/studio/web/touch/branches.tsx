// The branches as a tree: each grows to the right of the one that it set out from.

import type { Grid } from "../../../arc/grid.ts";
import { drawnRows, OPEN } from "../../../decode/frames.ts";
import { Button } from "../components/controls.tsx";
import { Picture } from "../components/picture.tsx";
import { scoreInWords, scoreOf } from "../play/answer-score.ts";
import { isLive } from "../state/decode-run.ts";
import { type Branch, canvasAt, lastStep, type Session, type Twig, treeOf } from "./session.ts";

interface BranchesProps {
  readonly session: Session;
  readonly answer: Grid | undefined;
  onSee(branch: Branch): void;
  onBeside(branch: number | undefined): void;
}

const EMPTY = [[OPEN]];

function stateOf(branch: Branch, answer: Grid | undefined): string {
  const { run } = branch;
  if (isLive(run)) return run.status === "running" ? "filling in" : run.status;
  if (run.status === "failed") return "failed";
  const last = run.shots.at(-1)?.frame;
  if (!last) return "stopped";
  return answer ? scoreInWords(scoreOf(last, answer)) : run.status === "done" ? "full" : "stopped";
}

function Leaf({ twig: { branch, twigs }, ...props }: BranchesProps & { readonly twig: Twig }) {
  const { session, answer, onSee, onBeside } = props;
  const canvas = canvasAt(session, branch.id, lastStep(branch));
  const current = session.now.branch === branch.id;
  const beside = session.beside === branch.id;
  return (
    <li class="twig">
      <div class="leaf" data-current={current} data-testid="branch">
        <button
          type="button"
          class="leaf-picture"
          aria-current={current ? "true" : undefined}
          aria-label={`Branch ${branch.id}: ${stateOf(branch, answer)}. Go to it`}
          onClick={() => onSee(branch)}
        >
          <Picture
            grid={canvas ? drawnRows(canvas, canvas.slots) : EMPTY}
            label=""
            ornament
            cell={12}
            most={64}
          />
        </button>
        <div class="leaf-text">
          <strong>{branch.id}</strong>{" "}
          <span class="quiet">
            {branch.from
              ? `from ${branch.from.branch}, ${branch.from.step < 0 ? "start" : `step ${branch.from.step + 1}`}`
              : "from nothing"}
          </span>
          <br />
          <span class="quiet">{branch.decoder}</span>
          <br />
          <span data-testid="branch-score">{stateOf(branch, answer)}</span>
        </div>
        {session.branches.length > 1 && !current && (
          <Button
            kind="plain"
            pressed={beside}
            label={`Compare with branch ${branch.id}`}
            testid="compare"
            onClick={() => onBeside(beside ? undefined : branch.id)}
          >
            Compare
          </Button>
        )}
      </div>
      {twigs.length > 0 && (
        <ul class="twigs">
          {twigs.map((twig) => (
            <Leaf key={twig.branch.id} {...props} twig={twig} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The tree of branches. */
export function Branches(props: BranchesProps) {
  const { branches } = props.session;
  return (
    <section class="branches" aria-labelledby="branches">
      <h2 id="branches">Branches</h2>
      {branches.length === 0 ? (
        <p class="small quiet">
          Each time the model goes on it makes a branch, which stays here to be compared.
        </p>
      ) : (
        <ul class="twigs root">
          {treeOf(branches).map((twig) => (
            <Leaf key={twig.branch.id} {...props} twig={twig} />
          ))}
        </ul>
      )}
    </section>
  );
}

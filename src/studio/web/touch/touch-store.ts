// The session of Touch as the page holds it: it outlives a change of view, and a reload but for what was running.
import type { Template } from "../../../decode/frames.ts";
import type { DecodeRequest } from "../../shared/protocol.ts";
import { scoreInWords, scoreOf } from "../play/answer-score.ts";
import { blankFor } from "../play/blank.ts";
import { resume, start } from "../play/start-decoding.ts";
import { isLive } from "../state/decode-run.ts";
import { announce } from "../state/notices.ts";
import { type Puzzle, puzzle, testOf } from "../state/puzzle.ts";
import { keptStore, type Store } from "../state/store.ts";
import {
  type Action,
  type Branch,
  branchOf,
  canvasNow,
  newSession,
  reduce,
  type Session,
} from "./session.ts";

interface Kept {
  readonly of: Puzzle;
  readonly session: Session;
}

const begin = (of: Puzzle): Kept => ({ of, session: newSession(blankFor(of)) });

const kept: Store<Kept> = keptStore<Kept>(begin(puzzle.get()), {
  key: "jigsaw:touch",
  where: () => sessionStorage,
  onLeave: true,
  // Written by this page alone; another version of it may have written otherwise.
  read: (json) =>
    Array.isArray((json as Partial<Kept> | null)?.session?.branches) ? (json as Kept) : undefined,
});

export { kept as touch };

/** Applies an action to the session. */
export const dispatch = (action: Action): void =>
  kept.set((now) => ({ ...now, session: reduce(now.session, action) }));

const stops = new Map<number, () => void>();

/** Stops listening to all decodings, which ends them. */
export function stopAll(): void {
  for (const stop of stops.values()) stop();
  stops.clear();
}

/** A new session where the puzzle is another one than before. */
export function follow(current: Puzzle): void {
  const { of } = kept.get();
  if (JSON.stringify(of) === JSON.stringify(current)) return;
  stopAll();
  kept.set(begin(current));
}

/** Begins a new session on the same puzzle. */
export function restart(): void {
  stopAll();
  kept.set(begin(puzzle.get()));
}

/** Stops what runs; what was shown stays. */
export function stop(): void {
  stopAll();
  dispatch({ type: "stop" });
}

function announceEnd({ id, run }: Branch, of: Puzzle): void {
  const last = run.shots.at(-1)?.frame;
  if (run.status === "done" && last) {
    announce(
      `Branch ${id} is full after ${last.pass} passes: ${scoreInWords(scoreOf(last, testOf(of).output))}`,
    );
  }
}

const requestOf = ({ task, test }: Puzzle, { decoder, model, start: template }: Branch): DecodeRequest => ({
  task,
  test,
  decoder,
  model,
  size: "rules",
  ...(template && { template }),
});

/** Passes the events of a branch's decoding, started or taken up by `decode`, to its session. */
function listen(decode: typeof start, of: Puzzle, branch: Branch): void {
  const { id } = branch;
  const stop = decode(requestOf(of, branch), (event) => {
    dispatch({ type: "event", branch: id, event });
    if (event.type !== "done" && event.type !== "error") return;
    stops.delete(id);
    announceEnd(branchOf(kept.get().session, id)!, of);
  });
  stops.set(id, stop);
}

/** The model goes on from what is seen, as a new branch. */
export function goOn(decoder: string, model: string): void {
  stop();
  dispatch({ type: "go-on", decoder, model });
  const { of, session } = kept.get();
  const branch = session.branches.at(-1)!;
  announce(`Branch ${branch.id}: the model goes on`);
  listen(start, of, branch);
}

/** Changes what is seen by hand; `first` begins a stroke, which is undone as a whole. */
export function edit(change: (canvas: Template) => Template, first: boolean): void {
  const canvas = canvasNow(kept.get().session);
  if (canvas) dispatch({ type: "edit", canvas: change(canvas), first });
}

// What ran when the page was left is taken up: followed where it still runs, decoded again where it was lost.
for (const branch of kept.get().session.branches) {
  if (!isLive(branch.run)) continue;
  dispatch({ type: "restarted", branch: branch.id });
  listen(resume, kept.get().of, branch);
}

// What of a session is seen, in the terms of the components that show it. Pure.

import type { Template } from "../../../decode/frames.ts";
import type { Marks } from "../components/grid.tsx";
import { isOpen } from "../components/labels.ts";
import { isLive } from "../state/decode-run.ts";
import { branchOf, type Session } from "./session.ts";

const frameNow = ({ branches, now }: Session) =>
  branches.find(({ id }) => id === now.branch)?.run.shots[now.step]?.frame;

/** What the step that is seen did; nothing of it where the canvas was changed by hand since. */
export function marksOf(session: Session, canvas: Template): Marks {
  const frame = session.now.edited ? undefined : frameNow(session);
  return {
    locked: canvas.locked,
    ...(frame && {
      fresh: frame.committed.filter((cell) => !isOpen(canvas.slots[cell]!)),
      gone: frame.retracted,
    }),
  };
}

/** How sure the model was of what it left; of what was changed by hand it said nothing. */
export function confidenceOf(session: Session, canvas: Template): readonly number[] | undefined {
  const frame = frameNow(session);
  const { edited } = session.now;
  if (!frame || frame.slots.length !== canvas.slots.length) return undefined;
  if (!edited) return frame.confidence;
  return frame.confidence.map((sure, cell) => (edited.slots[cell] === frame.slots[cell] ? sure : 0));
}

/** "step 3 of 12". */
export function stepText(session: Session): string {
  const { branch: id, step, edited } = session.now;
  const branch = branchOf(session, id);
  if (edited) return "changed by hand";
  if (!branch) return "not begun";
  if (step < 0) return "start";
  return `step ${step + 1} of ${branch.run.shots.length}${isLive(branch.run) ? " so far" : ""}`;
}

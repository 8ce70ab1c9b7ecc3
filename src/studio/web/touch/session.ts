// Touch as data: branches that only grow, a place in them, and the way back. Pure.

import type { Template } from "../../../decode/frames.ts";
import { sameShape } from "../../../decode/frames.ts";
import type { DecodeEvent } from "../../shared/protocol.ts";
import { isLive, newRun, type Run, stopped, take } from "../state/decode-run.ts";
import { sameCanvas } from "./canvas-edits.ts";

/** One go of the model, from a canvas of a place or from an empty one. */
export interface Branch {
  readonly id: number;
  /** Where it set out from; undefined for one that began with nothing. */
  readonly from: { readonly branch: number; readonly step: number } | undefined;
  /** The canvas that the model was given; undefined where it was to decide the size itself. */
  readonly start: Template | undefined;
  readonly decoder: string;
  readonly model: string;
  readonly run: Run;
}

/** What is seen: a step of a branch, and what was changed by hand there. */
export interface Place {
  /** Undefined before the first branch. */
  readonly branch: number | undefined;
  /** A shot of the branch; -1 is its start. */
  readonly step: number;
  /** The canvas, where it was changed by hand. */
  readonly edited: Template | undefined;
}

/** The whole state of the Touch view. */
export interface Session {
  readonly branches: readonly Branch[];
  readonly now: Place;
  readonly past: readonly Place[];
  readonly future: readonly Place[];
  readonly playing: boolean;
  /** The branch that is shown beside the one that is worked on. */
  readonly beside: number | undefined;
  /** The canvas at the very beginning, where its size is known before the model is asked. */
  readonly blank: Template | undefined;
}

/** What changes a session. */
export type Action =
  | { readonly type: "edit"; readonly canvas: Template; readonly first: boolean }
  | { readonly type: "see"; readonly branch: number | undefined; readonly step: number }
  | { readonly type: "play" | "pause" | "undo" | "redo" | "tick" | "stop" }
  | { readonly type: "go-on"; readonly decoder: string; readonly model: string }
  | { readonly type: "event"; readonly branch: number; readonly event: DecodeEvent }
  | { readonly type: "restarted"; readonly branch: number }
  | { readonly type: "beside"; readonly branch: number | undefined };

/** As far back as one can go. */
const MOST_PAST = 200;

/** A session without branches. */
export const newSession = (blank: Template | undefined): Session => ({
  branches: [],
  now: { branch: undefined, step: -1, edited: undefined },
  past: [],
  future: [],
  playing: false,
  beside: undefined,
  blank,
});

/** The branch of an id. */
export const branchOf = ({ branches }: Session, id: number | undefined): Branch | undefined =>
  branches.find((branch) => branch.id === id);

/** The canvas of a step, as the model left it. */
export function canvasAt(session: Session, id: number | undefined, step: number): Template | undefined {
  const branch = branchOf(session, id);
  if (!branch) return session.blank;
  const shot = branch.run.shots[step];
  if (!shot) return branch.start ?? session.blank;
  const { shape, slots } = shot.frame;
  const locked = branch.start && sameShape(branch.start, shot.frame) ? branch.start.locked : [];
  return { shape, slots, locked };
}

/** The canvas that is seen. */
export const canvasNow = (session: Session): Template | undefined =>
  session.now.edited ?? canvasAt(session, session.now.branch, session.now.step);

/** The last step that has come; -1 for none. */
export const lastStep = (branch: Branch | undefined): number => (branch ? branch.run.shots.length - 1 : -1);

/** Whether play would show more of the branch that is seen. */
export function canPlay(session: Session): boolean {
  const branch = branchOf(session, session.now.branch);
  if (!branch || session.now.edited) return false;
  return session.now.step < lastStep(branch) || isLive(branch.run);
}

const remember = (session: Session): Pick<Session, "past" | "future"> => ({
  past: [...session.past, session.now].slice(-MOST_PAST),
  future: [],
});

const withRun = (session: Session, id: number, change: (run: Run) => Run): Session => ({
  ...session,
  branches: session.branches.map((branch) =>
    branch.id === id ? { ...branch, run: change(branch.run) } : branch,
  ),
});

function edit(session: Session, canvas: Template, first: boolean): Session {
  const before = canvasNow(session);
  if (before && sameCanvas(before, canvas)) return session;
  const { branch, step } = session.now;
  return {
    ...session,
    ...(first && remember(session)),
    now: { branch, step, edited: canvas },
    playing: false,
  };
}

function see(session: Session, branch: number | undefined, step: number): Session {
  const { now } = session;
  if (now.branch === branch && now.step === step && !now.edited) return session;
  // Along one branch there is the scrubber to go back with.
  const leaves = now.branch !== branch || now.edited !== undefined;
  return {
    ...session,
    ...(leaves && remember(session)),
    now: { branch, step, edited: undefined },
    playing: false,
  };
}

function goOn(session: Session, decoder: string, model: string): Session {
  const { branch, step } = session.now;
  const canvas = canvasNow(session);
  const untouched = branch === undefined && session.now.edited === undefined;
  const id = session.branches.length + 1;
  return {
    ...session,
    ...remember(session),
    branches: [
      ...session.branches,
      {
        id,
        from: branch === undefined ? undefined : { branch, step },
        start: untouched ? undefined : canvas,
        decoder,
        model,
        run: newRun,
      },
    ],
    now: { branch: id, step: -1, edited: undefined },
    playing: true,
  };
}

function tick(session: Session): Session {
  if (!session.playing) return session;
  const branch = branchOf(session, session.now.branch);
  if (session.now.step < lastStep(branch)) {
    return { ...session, now: { ...session.now, step: session.now.step + 1 } };
  }
  return branch && isLive(branch.run) ? session : { ...session, playing: false };
}

/** The session after an action. */
export function reduce(session: Session, action: Action): Session {
  switch (action.type) {
    case "edit":
      return edit(session, action.canvas, action.first);
    case "see":
      return see(session, action.branch, action.step);
    case "play": {
      if (canPlay(session)) return { ...session, playing: true };
      // At the end: once more from the start.
      const again = session.now.branch !== undefined && !session.now.edited;
      return again ? { ...session, now: { ...session.now, step: -1 }, playing: true } : session;
    }
    case "pause":
      return { ...session, playing: false };
    case "stop": {
      const branches = session.branches.map((branch) => ({ ...branch, run: stopped(branch.run) }));
      return { ...session, branches, playing: false };
    }
    case "undo": {
      const now = session.past.at(-1);
      if (!now) return session;
      const future = [session.now, ...session.future];
      return { ...session, now, past: session.past.slice(0, -1), future, playing: false };
    }
    case "redo": {
      const [now, ...future] = session.future;
      if (!now) return session;
      return { ...session, now, past: [...session.past, session.now], future, playing: false };
    }
    case "tick":
      return tick(session);
    case "go-on":
      return goOn(session, action.decoder, action.model);
    case "event":
      return withRun(session, action.branch, (run) => take(run, action.event));
    case "restarted":
      return withRun(session, action.branch, () => newRun);
    case "beside":
      return { ...session, beside: action.branch };
  }
}

/** A branch with those that set out from it, in the order in which they were made. */
export interface Twig {
  readonly branch: Branch;
  readonly twigs: readonly Twig[];
}

/** The branches that set out from one (or from nothing), each with its own. */
export function treeOf(branches: readonly Branch[], from?: number): Twig[] {
  return branches
    .filter((branch) => branch.from?.branch === from)
    .map((branch) => ({ branch, twigs: treeOf(branches, branch.id) }));
}

import { describe, expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { openCanvas } from "../play/blank.ts";
import { shot } from "../state/shots.test-helper.ts";
import { paint } from "./canvas-edits.ts";
import {
  type Action,
  branchOf,
  canPlay,
  canvasNow,
  newSession,
  reduce,
  type Session,
  type Twig,
  treeOf,
} from "./session.ts";

const M = OPEN;
const blank = openCanvas(1, 3);
const goOn: Action = { type: "go-on", decoder: "steps", model: "m" };
const frame = (branch: number, pass: number, ...cells: number[]): Action => ({
  type: "event",
  branch,
  event: { type: "frame", ...shot(pass, pass, cells) },
});
const done = (branch: number): Action => ({
  type: "event",
  branch,
  event: { type: "done", candidates: [], ledger: shot(1).ledger },
});
const editTo = (session: Session, cells: readonly number[], colour: number, first = true): Action => ({
  type: "edit",
  canvas: paint(canvasNow(session)!, cells, colour),
  first,
});

const acted = (session: Session, ...actions: Action[]): Session => actions.reduce(reduce, session);
const begun = (): Session =>
  acted(newSession(blank), goOn, frame(1, 1, 1, M, M), frame(1, 2, 1, 2, M), frame(1, 3, 1, 2, 3), done(1));

describe("a session", () => {
  it("lets the model begin with nothing, or with what was painted before", () => {
    expect(branchOf(acted(newSession(blank), goOn), 1)!.start).toBeUndefined();
    const session = newSession(blank);
    const painted = acted(session, editTo(session, [1], 7), goOn);
    expect(branchOf(painted, 1)!.start).toMatchObject({ slots: [M, 7, M], locked: [1] });
    expect(canvasNow(painted)).toMatchObject({ slots: [M, 7, M] });
  });

  it("shows a step at every tick, waits for steps to come, and stops at the end", () => {
    let session = acted(newSession(blank), goOn, frame(1, 1, 1, M, M), { type: "tick" });
    expect(canvasNow(session)!.slots).toEqual([1, M, M]);
    session = acted(session, { type: "tick" });
    expect(session).toMatchObject({ playing: true, now: { step: 0 } });
    session = acted(session, frame(1, 2, 1, 2, 3), { type: "tick" }, done(1), { type: "tick" });
    expect(canvasNow(session)!.slots).toEqual([1, 2, 3]);
    expect(session.playing).toBe(false);
  });

  it("branches from the step that is seen, as it was changed by hand", () => {
    let session = acted(begun(), { type: "see", branch: 1, step: 1 });
    session = acted(session, editTo(session, [0], 9), goOn);
    const branch = branchOf(session, 2)!;
    expect(branch.from).toEqual({ branch: 1, step: 1 });
    expect(branch.start).toEqual({ shape: [1, 3], slots: [9, 2, M], locked: [0] });
    // The first branch is as it was.
    expect(branchOf(session, 1)).toEqual(branchOf(begun(), 1));
  });

  it("keeps locks through the steps of a branch and into those that set out from it", () => {
    let session = acted(begun(), { type: "see", branch: 1, step: 0 });
    session = acted(session, editTo(session, [0], 9), goOn, frame(2, 1, 9, 5, M), {
      type: "see",
      branch: 2,
      step: 0,
    });
    expect(canvasNow(session)!.locked).toEqual([0]);
    session = acted(session, editTo(session, [2], 4), goOn);
    expect(branchOf(session, 3)!.start!.locked).toEqual([0, 2]);
  });

  it("undoes a stroke as a whole, and does it again", () => {
    const session = acted(begun(), { type: "see", branch: 1, step: 0 });
    const stroke = acted(session, editTo(session, [1], 4));
    const longer = acted(stroke, editTo(stroke, [2], 4, false));
    expect(canvasNow(longer)!.slots).toEqual([1, 4, 4]);
    const back = acted(longer, { type: "undo" });
    expect(canvasNow(back)!.slots).toEqual([1, M, M]);
    expect(canvasNow(acted(back, { type: "redo" }))!.slots).toEqual([1, 4, 4]);
  });

  it("takes back a change that was left for another step", () => {
    let session = acted(begun(), { type: "see", branch: 1, step: 0 });
    session = acted(session, editTo(session, [1], 4), { type: "see", branch: 1, step: 2 });
    expect(canvasNow(session)!.slots).toEqual([1, 2, 3]);
    expect(canvasNow(acted(session, { type: "undo" }))!.slots).toEqual([1, 4, M]);
  });

  it("goes back before a branch, which stays", () => {
    const session = acted(begun(), { type: "undo" });
    expect(session.now).toEqual({ branch: undefined, step: -1, edited: undefined });
    expect(session.branches.length).toBe(1);
    expect(canvasNow(session)).toEqual(blank);
  });

  it("forgets what was undone once something else is done", () => {
    let session = acted(begun(), { type: "see", branch: 1, step: 0 });
    session = acted(session, editTo(session, [1], 4), { type: "undo" });
    session = acted(session, editTo(session, [2], 5), { type: "redo" });
    expect(canvasNow(session)!.slots).toEqual([1, M, 5]);
  });

  it("does not remember what changes nothing", () => {
    const session = acted(begun(), { type: "see", branch: 1, step: 2 });
    const same = { type: "edit", canvas: canvasNow(session)!, first: true } as const;
    expect(acted(session, same)).toBe(session);
    expect(acted(session, { type: "redo" })).toBe(session);
  });

  it("stops playing when something is painted; then there is nothing to play until the model goes on", () => {
    const playing = acted(newSession(blank), goOn, frame(1, 1, 1, M, M), { type: "tick" });
    const painted = acted(playing, editTo(playing, [2], 6));
    expect(painted.playing).toBe(false);
    expect(canPlay(painted)).toBe(false);
    expect(acted(painted, { type: "play" }).playing).toBe(false);
  });

  it("plays once more from the start when it is at its end", () => {
    const session = acted(begun(), { type: "see", branch: 1, step: 2 }, { type: "play" });
    expect(session).toMatchObject({ playing: true, now: { step: -1 } });
  });

  it("ignores what comes for a branch after it was stopped", () => {
    const halted = acted(newSession(blank), goOn, frame(1, 1, 1, M, M), { type: "stop" });
    const late = acted(halted, frame(1, 2, 1, 2, M), done(1));
    expect(branchOf(late, 1)!.run).toMatchObject({ status: "stopped" });
    expect(branchOf(late, 1)!.run.shots.length).toBe(1);
  });

  it("stops all branches that still run, not only the one that is seen", () => {
    const two = acted(begun(), { type: "see", branch: 1, step: 0 }, goOn, frame(2, 1, 1, 5, M));
    const halted = acted(two, { type: "see", branch: 1, step: 0 }, { type: "stop" });
    expect(halted.branches.map(({ run }) => run.status)).toEqual(["done", "stopped"]);
  });

  it("tells the branches as a tree", () => {
    let session = acted(
      begun(),
      { type: "see", branch: 1, step: 0 },
      goOn,
      { type: "see", branch: 1, step: 1 },
      goOn,
    );
    session = acted(session, { type: "see", branch: 2, step: -1 }, goOn);
    const names = (twigs: readonly Twig[]): unknown =>
      twigs.map(({ branch, twigs: more }) => [branch.id, names(more)]);
    expect(names(treeOf(session.branches))).toEqual([
      [
        1,
        [
          [2, [[4, []]]],
          [3, []],
        ],
      ],
    ]);
  });
});

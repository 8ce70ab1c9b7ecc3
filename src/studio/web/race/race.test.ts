import { describe, expect, it } from "vitest";
import { newRun, type Run } from "../state/decode-run.ts";
import { shot } from "../state/shots.test-helper.ts";
import { type Action, MOST_LANES, newRace, type Race, reduce, replayOf, requestOf, runsOf } from "./race.ts";

const task = { id: "t", train: [{ input: [[1]], output: [[2]] }], test: [{ input: [[3]] }] };
const entries = [
  { decoder: "greedy", model: "a" },
  { decoder: "steps:steps=5", model: "b" },
];
const fresh = () => newRace({ task, test: 0 }, entries, "look");
const acted = (race: Race, ...actions: Action[]): Race => actions.reduce(reduce, race);
const frames = (lane: number, ...passes: number[]): Action[] =>
  passes.map((pass) => ({ type: "event", lane, event: { type: "frame", ...shot(pass) } }));
const done = (lane: number): Action => ({
  type: "event",
  lane,
  event: { type: "done", candidates: [], ledger: shot(1).ledger },
});

describe("a race", () => {
  it("asks for each lane's decoder and model, on the puzzle as it is", () => {
    const race = fresh();
    expect(race.lanes.map((lane) => requestOf(race, lane))).toEqual([
      { task, test: 0, decoder: "greedy", model: "a", size: "rules" },
      { task, test: 0, decoder: "steps:steps=5", model: "b", size: "rules" },
    ]);
  });

  it("lets no lane run ahead of one that is not as far", () => {
    let race = acted(fresh(), { type: "start" }, ...frames(1, 1, 2, 3), ...frames(2, 1));
    race = acted(race, { type: "elapsed", ms: 10_000 });
    expect(race).toMatchObject({ head: 1, playing: true });
    race = acted(race, ...frames(2, 2), done(2), { type: "elapsed", ms: 10_000 });
    expect(race).toMatchObject({ head: 3, playing: true });
    race = acted(race, done(1), { type: "elapsed", ms: 16 });
    expect(race).toMatchObject({ head: 3, playing: false });
  });

  it("does not move while it is paused, and begins anew when it is played at its end", () => {
    const over = acted(fresh(), { type: "start" }, ...frames(1, 1, 4), done(1), ...frames(2, 2), done(2), {
      type: "scrub",
      head: 4,
    });
    expect(over).toMatchObject({ head: 4, playing: false });
    expect(acted(over, { type: "elapsed", ms: 999 })).toBe(over);
    expect(acted(over, { type: "play" })).toMatchObject({ head: 0, playing: true });
    expect(acted(over, { type: "step-back" }, { type: "step-back" }, { type: "step-on" }).head).toBe(2);
  });

  it("stops what runs and keeps what was shown", () => {
    const race = acted(
      fresh(),
      { type: "start" },
      ...frames(1, 1),
      { type: "stop" },
      ...frames(1, 2),
      done(2),
    );
    expect(race.lanes.map(({ run }) => [run!.status, run!.shots.length])).toEqual([
      ["stopped", 1],
      ["stopped", 0],
    ]);
  });

  it("begins anew with another line-up, but for a lane that leaves", () => {
    const over = acted(fresh(), { type: "start" }, ...frames(1, 1), done(1), ...frames(2, 2), done(2));
    const entry = { decoder: "tree", model: "c" };
    const changed = acted(over, { type: "lane", lane: 2, entry });
    expect(changed.lanes.map(({ decoder, run }) => [decoder, run])).toEqual([
      ["greedy", undefined],
      ["tree", undefined],
    ]);
    expect(changed).toMatchObject({ head: 0, caption: "" });
    expect(runsOf(acted(over, { type: "remove", lane: 1 })).length).toBe(1);
    const many = Array.from({ length: 9 }, (): Action => ({ type: "add", entry }));
    const full = acted(over, { type: "remove", lane: 1 }, ...many);
    expect(full.lanes.length).toBe(MOST_LANES);
    expect(new Set(full.lanes.map(({ id }) => id)).size).toBe(MOST_LANES);
  });

  it("keeps a speed for each clock", () => {
    const race = acted(
      fresh(),
      { type: "speed", speed: 16 },
      { type: "clock", clock: "time" },
      { type: "speed", speed: 1 },
    );
    expect(race.speeds).toEqual({ pass: 16, time: 1 });
  });

  it("replays recordings, by pass where they have no times", () => {
    const recording = (ms: number) => ({
      ...{ task: "t", test: 0, input: [[3]], decoder: "dfs", model: "m", candidates: [[[2]]] },
      shots: [shot(1, ms), shot(2, 2 * ms)],
    });
    const timed = { ...fresh(), clock: "time" as const };
    expect(replayOf({ task, test: 0 }, [recording(5)], timed)).toMatchObject({ clock: "time", replay: true });
    const race = replayOf({ task, test: 0 }, [recording(0)], timed);
    expect(race.clock).toBe("pass");
    const expected: Partial<Run> = { status: "done", candidates: [[[2]]] };
    expect(race.lanes[0]!.run).toMatchObject({ ...newRun, ...expected, shots: recording(0).shots });
  });
});

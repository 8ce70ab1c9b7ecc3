// The race that the page holds: it outlives a change of view, and a reload, after which what still ran is taken up.
import { equalGrids } from "../../../arc/grid.ts";
import type { DecodeEvent } from "../../shared/protocol.ts";
import { resume, start as startRun } from "../play/start-decoding.ts";
import { isLive } from "../state/decode-run.ts";
import { announce } from "../state/notices.ts";
import { type Puzzle, puzzle, testOf } from "../state/puzzle.ts";
import type { Recording } from "../state/recording.ts";
import { keptStore, type Store } from "../state/store.ts";
import {
  type Action,
  type Entry,
  type Lane,
  newRace,
  type Race,
  reduce,
  replayOf,
  requestOf,
} from "./race.ts";

/** One set of weights that types and fills in, so that only the way of decoding differs. */
const USUAL: readonly Entry[] = [
  { decoder: "greedy", model: "jigsaw-joint" },
  { decoder: "adaptive", model: "jigsaw-joint" },
];

/** The race, kept in the tab. */
export const race: Store<Race> = keptStore<Race>(newRace(puzzle.get(), USUAL), {
  key: "jigsaw:race",
  where: () => sessionStorage,
  onLeave: true,
  // Written by this page alone; another version of it may have written otherwise.
  read: (json) => (Array.isArray((json as Partial<Race> | null)?.lanes) ? (json as Race) : undefined),
});

/** Applies an action to the race. */
export const dispatch = (action: Action): void => race.set((now) => reduce(now, action));

const stops = new Map<number, () => void>();

function stopAll(): void {
  for (const stop of stops.values()) stop();
  stops.clear();
}

function announceEnd({ of }: Race, { decoder, run }: Lane): void {
  const answer = testOf(of).output;
  const passes = run?.shots.at(-1)?.frame.pass ?? 0;
  const right = answer && run?.candidates[0] && equalGrids(run.candidates[0], answer);
  announce(`${decoder}: ${right === undefined ? "done" : right ? "right" : "wrong"} after ${passes} passes`);
}

const listenerOf =
  (id: number) =>
  (event: DecodeEvent): void => {
    dispatch({ type: "event", lane: id, event });
    if (event.type !== "done" && event.type !== "error") return;
    stops.delete(id);
    const now = race.get();
    const lane = now.lanes.find((one) => one.id === id);
    if (lane) announceEnd(now, lane);
  };

/** Every lane from the beginning. */
export function start(): void {
  stopAll();
  dispatch({ type: "start" });
  const now = race.get();
  announce(`${now.lanes.length} decoders race`);
  for (const lane of now.lanes) stops.set(lane.id, startRun(requestOf(now, lane), listenerOf(lane.id)));
}

/** Gives up what still runs; what was shown stays. */
export function stop(): void {
  stopAll();
  dispatch({ type: "stop" });
}

/** Changes the line-up; what still runs is given up. */
export function change(action: Action): void {
  stop();
  dispatch(action);
}

function set(next: Race): void {
  stopAll();
  race.set(next);
}

/** Puts up a race that was chosen, and lets it run. */
export function put(of: Puzzle, entries: readonly Entry[], caption: string): void {
  set(newRace(of, entries, caption, race.get()));
  followed = of;
  puzzle.set(of);
  start();
}

/** Puts up recordings of a file. */
export function replay(of: Puzzle, recordings: readonly Recording[]): void {
  set(replayOf(of, recordings, race.get()));
}

/** The puzzle that the race was last set up for, whatever a file has put in its place since. */
let followed = race.get().replay ? puzzle.get() : race.get().of;

/** A new line-up of the same decoders where another puzzle became the current one. */
export function follow(current: Puzzle): void {
  if (JSON.stringify(followed) === JSON.stringify(current)) return;
  followed = current;
  const { lanes, replay } = race.get();
  set(newRace(current, replay ? USUAL : lanes, "", race.get()));
}

// What ran when the page was left is taken up: followed where it still runs, decoded again where it was lost.
for (const lane of race.get().lanes) {
  if (!lane.run || !isLive(lane.run)) continue;
  dispatch({ type: "restarted", lane: lane.id });
  stops.set(lane.id, resume(requestOf(race.get(), lane), listenerOf(lane.id)));
}

// A race as data: lanes with their runs, and the head that all of them are shown at. Pure.
import type { DecodeEvent, DecodeRequest } from "../../shared/protocol.ts";
import { advance, type Clock, endOf, limitOf, SPEEDS, stepBack, stepOn, translate } from "../state/clock.ts";
import { isLive, newRun, type Run, stopped, take } from "../state/decode-run.ts";
import type { Puzzle } from "../state/puzzle.ts";
import type { Recording } from "../state/recording.ts";

/** A decoder in the race. */
export interface Lane {
  readonly id: number;
  /** As on the command line, without the model. */
  readonly decoder: string;
  readonly model: string;
  /** Undefined before it has started. */
  readonly run: Run | undefined;
}

/** A decoder and its model. */
export type Entry = Pick<Lane, "decoder" | "model">;

/** The whole state of the Race view. */
export interface Race {
  readonly of: Puzzle;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly speeds: Readonly<Record<Clock, number>>;
  /** The moment that is shown, by the clock. */
  readonly head: number;
  readonly playing: boolean;
  /** What there is to see, where the race was chosen for it. */
  readonly caption: string;
  /** Read from a file: there is nothing to run. */
  readonly replay: boolean;
}

/** What changes a race. */
export type Action =
  | { readonly type: "start" | "play" | "pause" | "step-on" | "step-back" | "to-start" | "stop" }
  | { readonly type: "elapsed"; readonly ms: number }
  | { readonly type: "scrub"; readonly head: number }
  | { readonly type: "clock"; readonly clock: Clock }
  | { readonly type: "speed"; readonly speed: number }
  | { readonly type: "event"; readonly lane: number; readonly event: DecodeEvent }
  | { readonly type: "restarted"; readonly lane: number }
  | { readonly type: "lane"; readonly lane: number; readonly entry: Entry }
  | { readonly type: "add"; readonly entry: Entry }
  | { readonly type: "remove"; readonly lane: number };

/** Lanes at the most. */
export const MOST_LANES = 4;

const lanesOf = (entries: readonly Entry[]): Lane[] =>
  entries.map(({ decoder, model }, i) => ({ id: i + 1, decoder, model, run: undefined }));

/** A race that has not started; clock and speeds are those of the race before. */
export function newRace(of: Puzzle, entries: readonly Entry[], caption = "", before?: Race): Race {
  return {
    of,
    lanes: lanesOf(entries),
    clock: before?.clock ?? "pass",
    speeds: before?.speeds ?? { pass: 4, time: SPEEDS.time[2]! },
    head: 0,
    playing: false,
    caption,
    replay: false,
  };
}

/** Recordings as a race that is over. */
export function replayOf(of: Puzzle, recordings: readonly Recording[], before?: Race): Race {
  const race = newRace(of, recordings, "", before);
  const lanes = race.lanes.map((lane, i) => {
    const { shots, candidates } = recordings[i]!;
    return { ...lane, run: { ...newRun, status: "done" as const, shots, candidates } };
  });
  // Traces that were written without ledgers have no times.
  const timed = recordings.every(({ shots }) => shots.some(({ ledger }) => ledger.decodeMs > 0));
  return { ...race, lanes, clock: timed ? race.clock : "pass", playing: true, replay: true };
}

/** The runs of the lanes that have started. */
export const runsOf = ({ lanes }: Race): Run[] => lanes.flatMap(({ run }) => run ?? []);

/** Whether any lane still runs. */
export const isRunning = (race: Race): boolean => runsOf(race).some(isLive);

/** The decoding of a lane. */
export const requestOf = ({ of: { task, test } }: Race, { decoder, model }: Entry): DecodeRequest => ({
  task,
  test,
  decoder,
  model,
  size: "rules",
});

const withLane = (race: Race, id: number, change: (lane: Lane) => Lane): Race => ({
  ...race,
  lanes: race.lanes.map((lane) => (lane.id === id ? change(lane) : lane)),
});

/** Another line-up: what was run is no longer comparable in one head, so all begin anew. */
const reset = (race: Race, lanes: readonly Lane[]): Race => ({
  ...race,
  lanes: lanes.map((lane) => ({ ...lane, run: undefined })),
  head: 0,
  playing: false,
  caption: "",
});

const seen = (race: Race, head: number): Race => ({ ...race, head, playing: false });

function elapse(race: Race, ms: number): Race {
  const { clock, speeds, head } = race;
  const runs = runsOf(race);
  const next = advance(head, ms, clock, speeds[clock], limitOf(runs, clock));
  const over = !runs.some(isLive) && next >= endOf(runs, clock);
  if (next === head && !over) return race;
  return { ...race, head: next, playing: !over };
}

/** The race after an action. */
export function reduce(race: Race, action: Action): Race {
  const runs = runsOf(race);
  const { clock, head } = race;
  switch (action.type) {
    case "start":
      return {
        ...race,
        lanes: race.lanes.map((lane) => ({ ...lane, run: newRun })),
        head: 0,
        playing: true,
      };
    case "stop":
      return {
        ...race,
        lanes: race.lanes.map((lane) => ({ ...lane, run: lane.run && stopped(lane.run) })),
      };
    case "play": {
      const over = !isRunning(race) && head >= endOf(runs, clock);
      return { ...race, head: over ? 0 : head, playing: runs.length > 0 };
    }
    case "pause":
      return { ...race, playing: false };
    case "elapsed":
      return race.playing ? elapse(race, action.ms) : race;
    case "step-on":
      return seen(race, stepOn(runs, clock, head));
    case "step-back":
      return seen(race, stepBack(runs, clock, head));
    case "to-start":
      return seen(race, 0);
    case "scrub":
      return seen(race, action.head);
    case "clock":
      return { ...race, clock: action.clock, head: translate(runs, clock, action.clock, head) };
    case "speed":
      return { ...race, speeds: { ...race.speeds, [clock]: action.speed } };
    case "event":
      return withLane(race, action.lane, (lane) => ({
        ...lane,
        run: take(lane.run ?? newRun, action.event),
      }));
    case "restarted":
      return withLane(race, action.lane, (lane) => ({ ...lane, run: newRun }));
    case "lane":
      return reset(
        race,
        race.lanes.map((lane) => (lane.id === action.lane ? { ...lane, ...action.entry } : lane)),
      );
    case "add": {
      if (race.lanes.length >= MOST_LANES) return race;
      const id = Math.max(0, ...race.lanes.map((lane) => lane.id)) + 1;
      return reset(race, [...race.lanes, { id, ...action.entry, run: undefined }]);
    }
    case "remove":
      return { ...race, lanes: race.lanes.filter(({ id }) => id !== action.lane) };
  }
}

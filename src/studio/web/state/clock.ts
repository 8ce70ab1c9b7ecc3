// The clocks by which recordings are shown. A clock gives every shot its moment: the pass after which it was taken, or
// the milliseconds that were measured up to it. The head is a moment, the same for all lanes.

import { isLive, type Run } from "./decode-run.ts";
import type { Shot } from "./recording.ts";

/** The clocks. */
export const CLOCKS = ["pass", "time"] as const;
/** The name of a clock. */
export type Clock = (typeof CLOCKS)[number];

/** The moment of a shot. */
export const momentOf = ({ frame, ledger }: Shot, clock: Clock): number =>
  clock === "pass" ? frame.pass : ledger.promptMs + ledger.decodeMs;

/** The index of the shot that is seen at a moment: the last one taken by then, -1 before the first. */
export const shownAt = (shots: readonly Shot[], clock: Clock, head: number): number =>
  shots.findLastIndex((shot) => momentOf(shot, clock) <= head);

const lastMoment = ({ shots }: Run, clock: Clock): number =>
  shots.length ? momentOf(shots.at(-1)!, clock) : 0;

/** The last moment of all lanes. */
export const endOf = (runs: readonly Run[], clock: Clock): number =>
  Math.max(0, ...runs.map((run) => lastMoment(run, clock)));

/** How far the head may go: not beyond what is known of a lane that still runs. */
export function limitOf(runs: readonly Run[], clock: Clock): number {
  const live = runs.filter(isLive).map((run) => lastMoment(run, clock));
  return live.length > 0 ? Math.min(...live) : endOf(runs, clock);
}

const moments = (runs: readonly Run[], clock: Clock): number[] =>
  [...new Set(runs.flatMap(({ shots }) => shots.map((shot) => momentOf(shot, clock))))].sort((a, b) => a - b);

/** The next moment at which any lane changes; where none does, the head itself. */
export const stepOn = (runs: readonly Run[], clock: Clock, head: number): number =>
  moments(runs, clock).find((moment) => moment > head) ?? head;

/** The moment before; 0, before the first shot, at the least. */
export const stepBack = (runs: readonly Run[], clock: Clock, head: number): number =>
  moments(runs, clock).findLast((moment) => moment < head) ?? 0;

/** Speeds by pass, in passes a second; by time, in shown milliseconds a millisecond. */
export const SPEEDS: Readonly<Record<Clock, readonly number[]>> = {
  pass: [1, 2, 4, 8, 16],
  time: [1 / 100, 1 / 50, 1 / 20, 1 / 10, 1 / 5, 1],
};

/** A speed in words. */
export const speedLabel = (clock: Clock, speed: number): string => {
  if (clock === "pass") return `${speed} a second`;
  return speed === 1 ? "as measured" : `${Math.round(1 / speed)} times slower`;
};

/** The head after so many milliseconds of play, within the limit. */
export function advance(head: number, elapsedMs: number, clock: Clock, speed: number, limit: number): number {
  const to = head + (clock === "pass" ? elapsedMs / 1000 : elapsedMs) * speed;
  return Math.max(head, Math.min(to, limit));
}

/** The same moment on the other clock: the one at which the lane that is furthest shows the same shot. */
export function translate(runs: readonly Run[], from: Clock, to: Clock, head: number): number {
  return Math.max(
    0,
    ...runs.map(({ shots }) => {
      const shown = shots[shownAt(shots, from, head)];
      return shown ? momentOf(shown, to) : 0;
    }),
  );
}

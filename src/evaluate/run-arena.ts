// The arena: the same puzzles for several decoders, in turns, so that no decoder always runs on a warmer machine.
import type { SizeSource } from "../decode/puzzle-prompt.ts";
import { type Contestant, decodeOnce } from "./decode-once.ts";
import type { Outcome } from "./outcome.ts";
import type { Puzzle } from "./puzzle-sets.ts";
import { runJobs } from "./run-jobs.ts";

export interface Arena {
  readonly contestants: readonly Contestant[];
  readonly puzzles: readonly Puzzle[];
  readonly size: SizeSource;
  /** Outcomes that are known from before; these puzzles are not decoded again. */
  readonly done: readonly Outcome[];
  /** Takes each new outcome before the next decoding begins. */
  readonly record: (outcome: Outcome) => Promise<void>;
  readonly signal?: AbortSignal;
}

const keyOf = ({ task, test, decoder }: Pick<Outcome, "task" | "test" | "decoder">): string =>
  JSON.stringify([task, test, decoder]);

/** The list rotated left by `start`. */
const rotated = <T>(list: readonly T[], start: number): T[] => {
  const at = start % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
};

/**
 * Decodes the pairs of contestant and puzzle that are not done, puzzle by puzzle; another contestant begins each time.
 * Each contestant with anything left to do decodes once before, unrecorded, to warm up. Gives all outcomes, old and new.
 */
export async function runArena({ contestants, puzzles, size, done, ...arena }: Arena): Promise<Outcome[]> {
  const { record, signal = new AbortController().signal } = arena;
  const outcomes = [...done];
  const known = new Set(done.map(keyOf));
  const jobs = puzzles
    .flatMap((puzzle, i) => rotated(contestants, i).map((contestant) => ({ contestant, puzzle })))
    .filter(
      ({ contestant, puzzle }) =>
        !known.has(keyOf({ ...puzzle, task: puzzle.task.id, decoder: contestant.label })),
    );
  const decode = ({ contestant, puzzle }: (typeof jobs)[number], stop = signal) =>
    decodeOnce(contestant, puzzle, size, stop);
  const add = async (outcome: Outcome) => {
    await record(outcome);
    outcomes.push(outcome);
  };
  for (const contestant of contestants) {
    const first = jobs.find((job) => job.contestant === contestant);
    if (first) await decode(first);
  }
  await runJobs(jobs, { width: 1, solve: decode }, add, signal);
  return outcomes;
}

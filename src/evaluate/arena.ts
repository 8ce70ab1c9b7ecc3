// The arena: the same puzzles for several decoders, which take turns so that none always runs on a warmer machine.
import type { SizeSource } from "../decode/puzzle-prompt.ts";
import { attempt, type Entrant, type Result } from "./attempt.ts";
import type { Puzzle } from "./puzzles.ts";

export interface ArenaRun {
  readonly entrants: readonly Entrant[];
  readonly puzzles: readonly Puzzle[];
  readonly size: SizeSource;
  /** What is known from before; it is not done again. */
  readonly done: readonly Result[];
  /** Takes each new result before the next decoding begins. */
  readonly record: (result: Result) => Promise<void>;
  readonly signal?: AbortSignal;
}

const keyOf = ({ task, test, decoder }: Pick<Result, "task" | "test" | "decoder">): string =>
  JSON.stringify([task, test, decoder]);

/** `list` from its item `start` on, and then what was before it. */
const rotated = <T>(list: readonly T[], start: number): T[] => {
  const at = start % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
};

/**
 * Runs what is missing, puzzle by puzzle; the decoder that begins changes with each. Each decoder with anything left
 * to do runs once before, unrecorded, as the first run of a program is slower. Gives all results, old and new.
 */
export async function runArena({
  entrants,
  puzzles,
  size,
  done,
  record,
  signal,
}: ArenaRun): Promise<Result[]> {
  const results = [...done];
  const known = new Set(done.map(keyOf));
  const isDone = (entrant: Entrant, { task, test }: Puzzle) =>
    known.has(keyOf({ task: task.id, test, decoder: entrant.label }));
  for (const entrant of entrants) {
    const first = puzzles.find((puzzle) => !isDone(entrant, puzzle));
    if (first) await attempt(entrant, first, size, signal);
  }
  for (const [i, puzzle] of puzzles.entries()) {
    for (const entrant of rotated(entrants, i)) {
      if (isDone(entrant, puzzle)) continue;
      signal?.throwIfAborted();
      const result = await attempt(entrant, puzzle, size, signal);
      await record(result);
      results.push(result);
    }
  }
  return results;
}

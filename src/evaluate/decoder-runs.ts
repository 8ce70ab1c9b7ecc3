// The arena: the same puzzles for several decoders, which take turns so that none always runs on a warmer machine.
import type { SizeSource } from "../decode/puzzle-prompt.ts";
import { type DecoderRun, decodeOnce } from "./decode-once.ts";
import type { Outcome } from "./outcome.ts";
import type { Puzzle } from "./puzzle-sets.ts";
import { runJobs } from "./run-jobs.ts";

export interface Arena {
  readonly decoders: readonly DecoderRun[];
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

/** `list` from its item `start` on, and then what was before it. */
const rotated = <T>(list: readonly T[], start: number): T[] => {
  const at = start % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
};

/**
 * Decodes what is missing, puzzle by puzzle; the decoder that begins changes with each. Each decoder with anything left
 * to do runs once before, unrecorded, as the first run of a program is slower. Gives all outcomes, old and new.
 */
export async function runArena({ decoders, puzzles, size, done, ...arena }: Arena): Promise<Outcome[]> {
  const { record, signal = new AbortController().signal } = arena;
  const outcomes = [...done];
  const known = new Set(done.map(keyOf));
  const jobs = puzzles
    .flatMap((puzzle, i) => rotated(decoders, i).map((run) => ({ run, puzzle })))
    .filter(({ run, puzzle }) => !known.has(keyOf({ ...puzzle, task: puzzle.task.id, decoder: run.label })));
  for (const decoder of decoders) {
    const first = jobs.find(({ run }) => run === decoder);
    if (first) await decodeOnce(decoder, first.puzzle, size, signal);
  }
  const executor = {
    width: 1,
    solve: ({ run, puzzle }: (typeof jobs)[number], stop: AbortSignal) => decodeOnce(run, puzzle, size, stop),
  };
  await runJobs(
    jobs,
    executor,
    async (outcome) => {
      await record(outcome);
      outcomes.push(outcome);
    },
    signal,
  );
  return outcomes;
}

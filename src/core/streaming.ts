// Work that can be watched while it runs: iterated for its events, awaited for its result.
import { JigsawError } from "./errors.ts";

/** Runs by itself from the moment it is made; its events wait until they are asked for. */
export interface Streaming<Event, Result> extends AsyncIterable<Event> {
  /** Rejects with the failure of the work, or with the reason why it was stopped. Nobody has to wait for it. */
  readonly result: Promise<Result>;
}

/**
 * Starts `work`. Whoever iterates over its events may do so once; leaving the loop early stops the work and waits until
 * it has cleaned up, and so does an abort of `signal`.
 * @param work is given a signal to observe; its return value is the result
 */
export function streaming<Event, Result>(
  work: (signal: AbortSignal) => AsyncGenerator<Event, Result, void>,
  signal?: AbortSignal,
): Streaming<Event, Result> {
  const left = new AbortController();
  const events: Event[] = [];
  let iterated = false;
  let ended = false;
  let wake = () => {};

  const run = async (): Promise<Result> => {
    const running = work(signal ? AbortSignal.any([signal, left.signal]) : left.signal);
    try {
      for (;;) {
        const next = await running.next();
        if (next.done) return next.value;
        events.push(next.value);
        wake();
        // Work that stops only between events stops here.
        if (left.signal.aborted) throw left.signal.reason;
      }
    } finally {
      await running.return(undefined as Result).catch(() => {});
      ended = true;
      wake();
    }
  };
  const result = run();
  // A failure that nobody asks for is not an unhandled rejection.
  result.catch(() => {});

  async function* iterate(): AsyncGenerator<Event, void, void> {
    try {
      for (;;) {
        while (events.length > 0) yield events.shift()!;
        if (ended) {
          await result;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      left.abort(new JigsawError("interrupted", "nobody watches the work any more"));
      await result.catch(() => {});
    }
  }
  return {
    result,
    [Symbol.asyncIterator]() {
      if (iterated)
        throw new JigsawError(
          "bad-option",
          "the events were iterated over before",
          "Keep those that you need.",
        );
      iterated = true;
      return iterate();
    },
  };
}

// Work that can be watched while it runs: iterated for its events, awaited for its result.
import { JigsawError } from "./errors.ts";

/** Runs by itself from the moment it is made. It waits for whoever iterates over it, but not where its result is asked for. */
export interface Streaming<Event, Result> extends AsyncIterable<Event> {
  /** Rejects with the failure of the work, or with the reason why it was stopped. Nobody has to wait for it. */
  readonly result: Promise<Result>;
}

/**
 * Starts `work`. Whoever iterates over its events may do so once; leaving the loop early stops the work and waits until
 * it has cleaned up, and so does an abort of `signal`.
 * @param work is given a signal to observe; its return value is the result
 */
export const streaming = <Event, Result>(
  work: (signal: AbortSignal) => AsyncGenerator<Event, Result, void>,
  signal?: AbortSignal,
): Streaming<Event, Result> =>
  emitting(async (emit, stop) => {
    const running = work(stop);
    try {
      for (;;) {
        const next = await running.next();
        if (next.done) return next.value;
        await emit(next.value);
      }
    } finally {
      await running.return(undefined as Result).catch(() => {});
    }
  }, signal);

/**
 * As `streaming`, for work that hands over its events by a function. That throws where nobody watches any more, so that
 * work which observes no signal stops too; what it returns resolves when the event was taken, for work that waits.
 */
export function emitting<Event, Result>(
  work: (emit: (event: Event) => Promise<void>, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Streaming<Event, Result> {
  const left = new AbortController();
  const events: Event[] = [];
  let iterated = false;
  let ended = false;
  let awaited = false;
  /** Tells who iterates that there is news. */
  let wake = () => {};
  /** Lets work go on that waits for who iterates. */
  let proceed = () => {};

  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  stop.addEventListener("abort", () => proceed());
  const emit = (event: Event): Promise<void> => {
    events.push(event);
    wake();
    left.signal.throwIfAborted();
    if (!iterated || awaited || stop.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      proceed = resolve;
    });
  };
  const result = work(emit, stop).finally(() => {
    ended = true;
    wake();
  });
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
        proceed();
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
    get result() {
      awaited = true;
      proceed();
      return result;
    },
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

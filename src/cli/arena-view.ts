// What the arena shows while it runs: one line that moves on a terminal, plain lines now and then elsewhere.
import { duration, progressBar, short } from "./terminal.ts";

export interface ArenaView {
  /** @param done decodings so far, those of earlier runs included */
  progress(done: number): void;
  /** Leaves the line that moves as it is. */
  end(): void;
}

type Stream = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns">>;

/** Seconds between two plain lines. */
const PAUSE = 10;

/** @param before decodings of earlier runs; @param clock gives seconds */
export function arenaView(
  total: number,
  before: number,
  stream: Stream = process.stderr,
  clock: () => number = () => performance.now() / 1000,
): ArenaView {
  const start = clock();
  let last = start;
  let moving = false;
  return {
    progress(done) {
      const now = clock();
      const rate = (done - before) / Math.max(now - start, 1e-9);
      const figures = `${short(rate)} decodings/s, ${duration((total - done) / rate)} left`;
      if (stream.isTTY) {
        const line = `${progressBar(done, total)} ${done}/${total}  ${figures}`;
        stream.write(`\r${line.slice(0, Math.max(1, (stream.columns ?? 80) - 1))}\u001b[K`);
        moving = true;
      } else if (now - last >= PAUSE || done === total) {
        stream.write(`${done} of ${total} decodings: ${figures}\n`);
        last = now;
      }
    },
    end() {
      if (moving) stream.write("\n");
      moving = false;
    },
  };
}

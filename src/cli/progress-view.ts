// What a long piece of work shows: one line that moves on a terminal, plain lines now and then elsewhere.
import { duration, progressBar, short } from "./terminal.ts";

export interface ProgressView {
  /** @param done so far, what was done by earlier runs included */
  progress(done: number): void;
  /** A line that stays. */
  say(line: string): void;
  /** Leaves the line that moves as it is. */
  end(): void;
}

type Stream = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns">>;

/** Seconds between two plain lines. */
const PAUSE = 10;

/** @param unit what is counted; @param before done by earlier runs; @param clock gives seconds */
export function progressView(
  unit: string,
  total: number,
  before: number,
  stream: Stream = process.stderr,
  clock: () => number = () => performance.now() / 1000,
): ProgressView {
  const start = clock();
  let last = start;
  let moving = "";
  return {
    progress(done) {
      const now = clock();
      const rate = (done - before) / Math.max(now - start, 1e-9);
      const figures = `${short(rate)} ${unit}/s, ${duration((total - done) / rate)} left`;
      if (stream.isTTY) {
        const line = `${progressBar(done, total)} ${done}/${total}  ${figures}`;
        moving = line.slice(0, Math.max(1, (stream.columns || 80) - 1));
        stream.write(`\r${moving}\u001b[K`);
      } else if (now - last >= PAUSE || done === total) {
        stream.write(`${done} of ${total} ${unit}: ${figures}\n`);
        last = now;
      }
    },
    say(line) {
      stream.write(`${moving && "\r\u001b[K"}${line}\n${moving}`);
    },
    end() {
      if (moving) stream.write("\n");
      moving = "";
    },
  };
}

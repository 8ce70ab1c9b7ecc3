// The progress of work that takes long: one line that moves on a terminal, and plain lines now and then elsewhere.
import { bytes, duration, progressBar, short } from "./terminal.ts";

type Stream = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns">>;

export interface ProgressLine {
  /** Whether the stream is a terminal, on which the line moves. */
  readonly moves: boolean;
  /** Replaces the line that moves. */
  draw(line: string): void;
  /** Prints a line that stays. */
  say(line: string): void;
  /** Leaves the line that moves as it is, or takes it away. */
  end(how?: "keep" | "clear"): void;
}

/** The line that moves at the end of a stream's lines. */
export function progressLine(stream: Stream): ProgressLine {
  let moving = "";
  return {
    moves: Boolean(stream.isTTY) && process.env.TERM !== "dumb",
    draw(line) {
      // The "^C" that a terminal shows has to fit behind it.
      moving = line.slice(0, Math.max(1, (stream.columns || 80) - 3));
      stream.write(`\r${moving}\u001b[K`);
    },
    say(line) {
      stream.write(`${moving && "\r\u001b[K"}${line}\n${moving}`);
    },
    end(how = "keep") {
      if (moving) stream.write(how === "keep" ? "\n" : "\r\u001b[K");
      moving = "";
    },
  };
}

const seconds = () => performance.now() / 1000;

/** Seconds between two plain lines. */
const PAUSE = 10;

export interface ProgressView extends Pick<ProgressLine, "say" | "end"> {
  /** @param done so far, by this run and earlier ones */
  progress(done: number): void;
}

/** @param unit a name for the things counted; @param before done by earlier runs; @param clock gives seconds */
export function progressView(
  unit: string,
  total: number,
  before: number,
  stream: Stream = process.stderr,
  clock = seconds,
): ProgressView {
  const { moves, draw, say, end } = progressLine(stream);
  const start = clock();
  let last = start;
  return {
    say,
    end,
    progress(done) {
      const now = clock();
      const rate = (done - before) / Math.max(now - start, 1e-9);
      const figures = `${short(rate)} ${unit}/s, ${duration((total - done) / rate)} left`;
      if (moves) draw(`${progressBar(done, total)} ${done}/${total}  ${figures}`);
      else if (now - last >= PAUSE || done === total) {
        say(`${done} of ${total} ${unit}: ${figures}`);
        last = now;
      }
    },
  };
}

export interface Fetched {
  /** A file's name or a step's, shown after the figures. */
  readonly label: string;
  readonly done: number;
  readonly total?: number | undefined;
  /** A name for the things counted; bytes by default. */
  readonly unit?: string;
}

export interface FetchView extends Pick<ProgressLine, "say"> {
  progress(now: Fetched): void;
  end(): void;
}

/** Seconds over which the rate of a download is measured, and between two pictures. */
const [WINDOW, PICTURE] = [5, 0.1];

/** Units a second over the last WINDOW seconds; undefined before 0.3 s have passed. */
function rateMeter() {
  let samples: { time: number; done: number }[] = [];
  return {
    reset() {
      samples = [];
    },
    rate(time: number, done: number): number | undefined {
      if (samples.length && done < samples.at(-1)!.done) samples = [];
      samples.push({ time, done });
      while (samples.length > 2 && samples[1]!.time < time - WINDOW) samples.shift();
      const first = samples[0]!;
      return time - first.time > 0.3 ? (done - first.done) / (time - first.time) : undefined;
    },
  };
}

function figuresOf({ done, total, unit }: Fetched, rate: number | undefined): string {
  const amount = (count: number) => (unit ? count.toLocaleString("en-US") : bytes(count));
  const parts = [
    `${amount(done)}${total === undefined ? "" : ` of ${amount(total)}`}${unit ? ` ${unit}` : ""}`,
  ];
  if (rate && !unit) parts.push(`${bytes(Math.round(rate))}/s`);
  if (rate && total !== undefined && done < total)
    parts.push(`${duration(Math.ceil((total - done) / rate))} left`);
  return parts.join(", ");
}

/** Shows downloads on a stream; `clock` gives seconds. */
export function fetchView(stream: Stream = process.stdout, clock = seconds): FetchView {
  const { moves, draw, say, end } = progressLine(stream);
  const meter = rateMeter();
  let unit: string | undefined;
  let shown: number | undefined;
  return {
    say,
    end: () => end("clear"),
    progress(now) {
      const time = clock();
      const { done, total, label } = now;
      const first = shown === undefined || now.unit !== unit;
      if (now.unit !== unit) meter.reset();
      unit = now.unit;
      if (!first && done !== total && time - shown! < PICTURE) return;
      const figures = figuresOf(now, meter.rate(time, done));
      if (moves) {
        const bar = total === undefined ? "" : `${progressBar(done, total)} `;
        const share = total ? `${Math.floor((100 * done) / total)}%`.padStart(4) : "";
        draw(`${bar}${share}  ${figures}  ${label}`.trimStart());
      } else if (!first && time - shown! < PAUSE) return;
      else if (!first) say(`${label}: ${figures}`);
      shown = time;
    },
  };
}

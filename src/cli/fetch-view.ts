// What downloads show: one line that moves on a terminal, plain lines now and then elsewhere; and Ctrl-C.
import { JigsawError } from "../core/errors.ts";
import { EXIT } from "./exit.ts";
import { duration, progressBar } from "./terminal.ts";

/** A number of bytes as people say it: "512 B", "15.2 kB", "1.50 GB". */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [count, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit ? value.toPrecision(3) : value} ${units[unit]}`;
}

export interface Fetched {
  /** What is being done, after the figures: a file's name. */
  readonly label: string;
  readonly done: number;
  readonly total?: number | undefined;
  /** What is counted, when it is not bytes. */
  readonly unit?: string;
}

export interface FetchView {
  progress(now: Fetched): void;
  /** A line that stays. */
  say(line: string): void;
  end(): void;
}

type Stream = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns">>;

/** Seconds over which the rate is measured, between two pictures, and between two plain lines. */
const [WINDOW, PICTURE, LINE] = [5, 0.1, 10];

/** Shows downloads on a stream; `clock` gives seconds. */
export function fetchView(
  stream: Stream = process.stdout,
  clock: () => number = () => performance.now() / 1000,
): FetchView {
  let moving = "";
  let drawn = Number.NEGATIVE_INFINITY;
  let samples: { time: number; done: number }[] = [];
  let unit: string | undefined;

  /** Units a second of late, once that can be told. */
  function rate(time: number, done: number): number | undefined {
    if (samples.length && done < samples.at(-1)!.done) samples = [];
    samples.push({ time, done });
    while (samples.length > 2 && samples[1]!.time < time - WINDOW) samples.shift();
    const first = samples[0]!;
    return time - first.time > 0.3 ? (done - first.done) / (time - first.time) : undefined;
  }

  function figures({ done, total, unit }: Fetched, speed: number | undefined): string {
    const amount = (count: number) => (unit ? count.toLocaleString("en-US") : bytes(count));
    const parts = [
      `${amount(done)}${total === undefined ? "" : ` of ${amount(total)}`}${unit ? ` ${unit}` : ""}`,
    ];
    if (speed && !unit) parts.push(`${bytes(Math.round(speed))}/s`);
    if (speed && total !== undefined && done < total)
      parts.push(`${duration(Math.ceil((total - done) / speed))} left`);
    return parts.join(", ");
  }

  function draw(now: Fetched, speed: number | undefined): void {
    const { done, total, label } = now;
    const bar = total === undefined ? "" : `${progressBar(done, total)} `;
    const share = total ? `${Math.floor((100 * done) / total)}%`.padStart(4) : "";
    const line = `${bar}${share}  ${figures(now, speed)}  ${label}`.trimStart();
    // The "^C" that a terminal shows has to fit behind it.
    moving = line.slice(0, Math.max(1, (stream.columns ?? 80) - 3));
    stream.write(`\r${moving}\u001b[K`);
  }

  return {
    progress(now) {
      const time = clock();
      if (now.unit !== unit) {
        samples = [];
        drawn = stream.isTTY ? Number.NEGATIVE_INFINITY : time;
      }
      unit = now.unit;
      const first = samples.length === 0;
      const finished = now.done === now.total;
      if (!first && !finished && time - drawn < PICTURE) return;
      const speed = rate(time, now.done);
      if (stream.isTTY) draw(now, speed);
      else if (first && drawn < 0) drawn = time;
      else if (time - drawn < LINE) return;
      else stream.write(`${now.label}: ${figures(now, speed)}\n`);
      drawn = time;
    },
    say(line) {
      stream.write(`${moving ? "\r\u001b[K" : ""}${line}\n${moving}`);
    },
    end() {
      if (moving) stream.write("\r\u001b[K");
      moving = "";
    },
  };
}

/** Does `work` with a signal that Ctrl-C sets; stopped by that, it says how to go on, and the exit code tells. */
export async function interruptible(
  view: FetchView,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!(error instanceof JigsawError && error.code === "interrupted")) throw error;
    view.end();
    view.say("Stopped. The same command goes on from here.");
    process.exitCode = EXIT.interrupted;
  } finally {
    view.end();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
  }
}

// Decodings in a queue: a few compute at a time, the others wait in line, and the events of each are kept, so
// that whoever comes back later hears all of it. Memory is bounded: by events of a job, and by jobs kept after their end.
import { randomUUID } from "node:crypto";
import { JigsawError } from "../../core/errors.ts";
import { failure } from "../shared/failure.ts";
import type { DecodeEvent } from "../shared/protocol.ts";

/** Bounds on how many decodings run and wait, and on the memory that their events take. */
export interface JobLimits {
  /** Jobs that compute at the same time. */
  readonly running: number;
  /** Jobs that wait at most; more are refused. */
  readonly waiting: number;
  /** Bytes of events that a job may emit; beyond, it is ended. */
  readonly jobBytes: number;
  /** Bytes of events, and jobs, that are kept after their end; the oldest go first. */
  readonly keptBytes: number;
  readonly keptJobs: number;
  /** Milliseconds for which a job is kept after its end. */
  readonly keptMs: number;
  /** Milliseconds after which a job to which nobody listens is stopped. */
  readonly abandonedMs: number;
}

/** The studio's own limits. */
export const JOB_LIMITS: JobLimits = {
  running: 1,
  waiting: 32,
  jobBytes: 32 * 2 ** 20,
  keptBytes: 64 * 2 ** 20,
  keptJobs: 64,
  keptMs: 10 * 60_000,
  abandonedMs: 60_000,
};

/** An event as it is sent; numbered from 0. */
export interface ServerEvent {
  readonly id: number;
  readonly data: string;
}

type Work = (signal: AbortSignal) => AsyncIterable<DecodeEvent>;

interface Job {
  readonly id: string;
  readonly work: Work;
  readonly stop: AbortController;
  readonly events: string[];
  bytes: number;
  ended: boolean;
  listeners: number;
  /** Stops a job without listeners, or forgets one that has ended. */
  timer?: NodeJS.Timeout;
  /** Those who wait for the next event. */
  readonly waiters: Set<() => void>;
}

/** The queue of decodings. */
export interface Jobs {
  /**
   * Puts work in line; gives the job's id.
   * @throws JigsawError "busy" where too many wait
   */
  submit(work: Work): string;
  has(id: string): boolean;
  /** The events of a job after number `after`, to its end, as they come; none for an unknown id. */
  follow(id: string, after?: number, signal?: AbortSignal): AsyncGenerator<ServerEvent, void>;
  /** Stops a job. Gives whether there is one of that id. */
  cancel(id: string): boolean;
  counts(): {
    readonly running: number;
    readonly waiting: number;
    readonly kept: number;
    readonly bytes: number;
  };
  /** Stops all jobs, and resolves when none computes any more. */
  close(): Promise<void>;
}

/** @param report hears of errors that are nobody's request */
export function openJobs(limits: JobLimits = JOB_LIMITS, report: (error: unknown) => void = () => {}): Jobs {
  const jobs = new Map<string, Job>();
  const line: Job[] = [];
  const running = new Map<Job, Promise<void>>();

  const emit = (job: Job, event: DecodeEvent): void => {
    const data = JSON.stringify(event);
    job.events.push(data);
    job.bytes += data.length;
    for (const wake of job.waiters) wake();
  };

  const setTimer = (job: Job, ms: number, act: () => void): void => {
    clearTimeout(job.timer);
    job.timer = setTimeout(act, ms);
    job.timer.unref();
  };

  const kept = (): Job[] => [...jobs.values()].filter(({ ended }) => ended);

  /** Forgets the oldest of those that have ended, as far as they are too many. */
  const forgetSurplus = (): void => {
    const ended = kept();
    let bytes = ended.reduce((sum, job) => sum + job.bytes, 0);
    for (const [i, job] of ended.entries()) {
      if (ended.length - i <= limits.keptJobs && bytes <= limits.keptBytes) return;
      bytes -= job.bytes;
      clearTimeout(job.timer);
      jobs.delete(job.id);
    }
  };

  const end = (job: Job, last?: DecodeEvent): void => {
    if (last) emit(job, last);
    job.ended = true;
    for (const wake of job.waiters) wake();
    // Last in order, as the one that ended last.
    jobs.delete(job.id);
    jobs.set(job.id, job);
    setTimer(job, limits.keptMs, () => jobs.delete(job.id));
    forgetSurplus();
  };

  const watch = (job: Job): void => {
    if (!job.ended && job.listeners === 0) setTimer(job, limits.abandonedMs, () => stop(job));
  };

  const run = async (job: Job): Promise<void> => {
    const { signal } = job.stop;
    try {
      for await (const event of job.work(signal)) {
        emit(job, event);
        if (job.bytes > limits.jobBytes)
          throw new JigsawError(
            "too-long",
            "the decoding has more events than are kept",
            "Take a smaller puzzle.",
          );
      }
      end(job);
    } catch (error) {
      const last = failure(error, signal);
      if (last.code === "internal") report(error);
      end(job, last);
    } finally {
      running.delete(job);
      startNext();
    }
  };

  const startNext = (): void => {
    while (running.size < limits.running && line.length > 0) {
      const job = line.shift()!;
      // Not before this job is counted among those that run.
      running.set(
        job,
        Promise.resolve().then(() => run(job)),
      );
    }
    for (const [i, job] of line.entries()) emitPlace(job, running.size + i);
  };

  const emitPlace = (job: Job, before: number): void => {
    const event = { type: "queued", before } as const;
    if (job.events.at(-1) !== JSON.stringify(event)) emit(job, event);
  };

  const stop = (job: Job): void => {
    if (job.ended) return;
    job.stop.abort(new JigsawError("interrupted", "stopped"));
    const place = line.indexOf(job);
    if (place < 0) return;
    line.splice(place, 1);
    end(job, failure(undefined, job.stop.signal));
    startNext();
  };

  const next = (job: Job, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        job.waiters.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      job.waiters.add(wake);
      signal?.addEventListener("abort", wake);
    });

  async function* follow(asked: string, after = -1, signal?: AbortSignal): AsyncGenerator<ServerEvent, void> {
    const job = jobs.get(asked);
    if (!job) return;
    job.listeners++;
    if (!job.ended) clearTimeout(job.timer);
    try {
      for (let id = after + 1; !signal?.aborted; ) {
        if (id < job.events.length) yield { id, data: job.events[id++]! };
        else if (job.ended) return;
        else await next(job, signal);
      }
    } finally {
      job.listeners--;
      watch(job);
    }
  }

  return {
    submit(work) {
      if (running.size >= limits.running && line.length >= limits.waiting) {
        const hint = "Wait for some to end, or stop them.";
        throw new JigsawError("busy", `${line.length} decodings are waiting already`, hint);
      }
      const job: Job = {
        id: randomUUID(),
        work,
        stop: new AbortController(),
        events: [],
        bytes: 0,
        ended: false,
        listeners: 0,
        waiters: new Set(),
      };
      jobs.set(job.id, job);
      line.push(job);
      watch(job);
      startNext();
      return job.id;
    },
    has: (id) => jobs.has(id),
    follow,
    cancel(id) {
      const job = jobs.get(id);
      if (job) stop(job);
      return job !== undefined;
    },
    counts() {
      const ended = kept();
      return {
        running: running.size,
        waiting: line.length,
        kept: ended.length,
        bytes: [...jobs.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      };
    },
    async close() {
      for (const job of [...jobs.values()]) {
        stop(job);
        clearTimeout(job.timer);
      }
      await Promise.all(running.values());
      for (const { timer } of jobs.values()) clearTimeout(timer);
      jobs.clear();
    },
  };
}

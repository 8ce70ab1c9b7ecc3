// A worker of the queue: solves tasks in child processes, so that this process always has time to keep its jobs' locks.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "bullmq";
import { checkTask } from "../arc/check.ts";
import type { Task } from "../arc/task.ts";
import { failureOf, JigsawError } from "../core/errors.ts";
import { taskChecksum } from "../evaluate/node/run-files.ts";
import { openPool } from "./pool.ts";
import { type JobSpec, jobHeaderSchema, jobSchema, QUEUE, type Reply } from "./queue.ts";
import { logConnection, openRedis, optionalPackage } from "./redis.ts";

/** How often a task may lose its worker: a machine can be switched off many times in a long run. */
const MOST_STALLED = 20;

/** Milliseconds in which tasks in hand are given back. */
const GRACE = 5000;

export interface WorkerOptions {
  readonly url: string;
  /** Tasks at a time, each in a process of its own. */
  readonly concurrency: number;
  /** Seconds after which the task of a worker that is not heard of is taken over. */
  readonly lockSeconds: number;
  /** The versions here of the programs that decide the numbers. */
  readonly versions: Readonly<Record<string, string>>;
  /** The checksum of a model as it is here, by its name. */
  readonly checksum: (model: string) => Promise<string>;
  readonly log: (line: string) => void;
  /** Called once there is a connection. */
  readonly ready?: () => void;
  readonly signal: AbortSignal;
  /** See PoolOptions. */
  readonly entry?: URL;
}

/** Why this worker can't take part in a run, if so. */
async function disagreement(
  data: unknown,
  ours: Pick<WorkerOptions, "versions" | "checksum">,
): Promise<string | undefined> {
  // Of another version the rest of a job may not be readable.
  for (const [name, version] of Object.entries(jobHeaderSchema.parse(data).terms.versions)) {
    const here = ours.versions[name] ?? "none";
    if (here !== version) return `the run is of ${name} ${version}, here is ${here}`;
  }
  const { modelSha256, setup } = jobSchema.parse(data).terms;
  try {
    const here = await ours.checksum(setup.model);
    if (here === modelSha256) return undefined;
    return `model ${setup.model} is another one here (checksum ${here.slice(0, 12)}, the run's is ${modelSha256.slice(0, 12)})`;
  } catch (error) {
    if (error instanceof JigsawError) return error.message;
    throw error;
  }
}

/**
 * Solves tasks from the queue until the signal; tasks in hand are then put back.
 * @throws the signal's reason; or JigsawError "unsupported" where a run's model or versions are others than here
 */
export async function serveQueue(options: WorkerOptions): Promise<never> {
  const { url, concurrency, lockSeconds, log, signal, entry } = options;
  const name = `${hostname()}, process ${process.pid}`;
  const stop = new AbortController();
  const { WaitingError, Worker } = await optionalPackage(() => import("bullmq"));
  const redis = await openRedis(url, stop.signal);
  // The queue counts the tries, over all workers.
  const pool = openPool({ tries: 1, ...(entry && { entry }) });
  const agreements = new Map<string, Promise<string | undefined>>();
  logConnection(redis, log, stop.signal);
  options.ready?.();

  const agree = (data: unknown): Promise<string | undefined> => {
    const { run } = jobHeaderSchema.parse(data).terms;
    const known = agreements.get(run) ?? disagreement(data, options);
    agreements.set(run, known);
    return known;
  };

  async function solve(spec: JobSpec, task: Task): Promise<Reply> {
    try {
      const result = await pool.solve(spec.setup, task, stop.signal);
      if ("failed" in result) throw new Error(result.failed);
      return { answer: result, taskSha256: taskChecksum(task) };
    } catch (error) {
      if (stop.signal.aborted || !(error instanceof JigsawError)) throw error;
      const { message, code, hint } = failureOf(error);
      return { failure: { message, code: code!, ...(hint && { hint }) } };
    }
  }

  async function work(job: Job, token?: string): Promise<Reply> {
    const why = await agree(job.data);
    if (why) {
      const message = `worker ${name} can't take part: ${why}`;
      const hint = "Install the run's version here, or copy its model, and start the worker again.";
      stop.abort(new JigsawError("unsupported", message, hint));
      return { refusal: `${message}; it has left` };
    }
    const { terms, task: raw, taskSha256 } = jobSchema.parse(job.data);
    try {
      const task = checkTask(raw, job.name, "the queue");
      if (taskChecksum(task) !== taskSha256) throw new Error("the task was damaged on its way");
      const reply = await solve(terms, task);
      if ("answer" in reply) log(`${task.id}: ${(reply.answer.milliseconds / 1000).toFixed(1)} s`);
      return reply;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  const worker = new Worker(QUEUE, work, {
    connection: redis,
    concurrency,
    lockDuration: lockSeconds * 1000,
    stalledInterval: lockSeconds * 1000,
    maxStalledCount: MOST_STALLED,
  });
  worker.on("failed", (job, error) => log(`${job?.name}: ${error.message}; it may be tried again`));
  // A job that Redis lost is queued again by the producer; its result here is dropped.
  worker.on("error", ({ message }) => log(`the queue: ${message}`));
  const ended = AbortSignal.any([signal, stop.signal]);
  await new Promise((resolve) => {
    if (ended.aborted) resolve(undefined);
    ended.addEventListener("abort", resolve, { once: true });
  });
  stop.abort(ended.reason);
  // Where Redis does not answer, jobs can't be given back; their locks run out.
  await Promise.race([worker.close(), sleep(GRACE, undefined, { ref: false })]);
  await pool.close();
  redis.disconnect();
  throw ended.reason;
}

// Tasks on a queue (BullMQ, on Redis), to be solved by `jigsaw worker` on any machine.
//
// The results are on the producer's disk; Redis may lose all that it holds at any time. So the producer polls the queue every
// second: a task without a job is put there (at first, and after Redis was emptied), and a
// finished job's return value is taken, the file written, the job removed. There is no second way by events that could
// be missed: a second is little by the side of a task's time. Jobs are called by run and task, so that none is there twice;
// one that is solved twice after all gives the same answer.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "bullmq";
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { type ErrorCode, JigsawError, revive } from "../core/errors.ts";
import { fileNameOf, taskChecksum } from "../evaluate/node/run-files.ts";
import { type Answer, answerSchema } from "../evaluate/outcome.ts";
import type { Executor, FailedTask } from "../evaluate/run-jobs.ts";
import { TRIES } from "./pool.ts";
import { setupSchema } from "./pool-child.ts";
import { logConnection, openRedis, optionalPackage, withoutPassword } from "./redis.ts";

export const QUEUE = "jigsaw-eval";

/** The part of a job that is the same for all tasks of a run; producer and worker have to agree on it. */
export const jobSpecSchema = z.object({
  run: z.string(),
  /** Versions of the programs that decide the numbers. */
  versions: z.record(z.string(), z.string()),
  modelSha256: z.string(),
  setup: setupSchema,
});
export type JobSpec = z.infer<typeof jobSpecSchema>;

/** On the wire a spec is called `terms`, as in 0.1.0, so that workers of other versions can still read their own refusal. */
export const jobSchema = z.object({ terms: jobSpecSchema, task: z.unknown(), taskSha256: z.string() });

/** The part of a job that every version can read. */
export const jobHeaderSchema = z.object({ terms: jobSpecSchema.pick({ run: true, versions: true }) });

const failureSchema = z.object({
  message: z.string(),
  code: z.custom<ErrorCode>((code) => typeof code === "string"),
  hint: z.string().optional(),
});

/** A worker's reply to a job. Errors that it throws are tried again, failures are not. */
export const replySchema = z.union([
  z.object({ answer: answerSchema, taskSha256: z.string() }),
  /** The worker's versions or model are others than the job's, and it has left. */
  z.object({ refusal: z.string() }),
  /** Something that the user has to mend, the same for every task. */
  z.object({ failure: failureSchema }),
]);
export type Reply = z.infer<typeof replySchema>;

const STATES = ["waiting", "active", "delayed", "completed", "failed"] as const;

/** Results that no producer takes are kept for a week. */
const KEPT = { age: 7 * 24 * 3600 };

export interface QueueOptions {
  /** Milliseconds between two polls of the queue. */
  readonly every?: number;
  /** Milliseconds without an answer of Redis after which the run ends. */
  readonly patience?: number;
  /** Takes lines for the user. */
  readonly log?: (line: string) => void;
}

interface Pending {
  readonly task: Task;
  readonly checksum: string;
  readonly resolve: (result: Answer | FailedTask) => void;
  readonly reject: (error: unknown) => void;
}

/** Connects to a queue as the producer of a run's tasks. */
export async function openQueue(
  url: string,
  spec: JobSpec,
  { every = 1000, patience = 300_000, log = () => {} }: QueueOptions = {},
): Promise<Executor> {
  const closing = new AbortController();
  const { Queue } = await optionalPackage(() => import("bullmq"));
  const redis = await openRedis(url, closing.signal);
  const queue = new Queue(QUEUE, { connection: redis });
  queue.on("error", () => {});
  const pending = new Map<string, Pending>();
  let lastReply = performance.now();
  logConnection(redis, log, closing.signal);

  const logged = new Set<string>();
  const logOnce = (line: string) => {
    if (!logged.has(line)) log(line);
    logged.add(line);
  };

  const settle = (id: string, how: (task: Pending) => void) => {
    const task = pending.get(id);
    pending.delete(id);
    if (task) how(task);
  };

  /** Takes the return value of a job that is done. */
  function acceptReply(id: string, { checksum }: Pending, value: unknown): void {
    const { data: reply } = replySchema.safeParse(value);
    if (reply && "failure" in reply) settle(id, ({ reject }) => reject(revive(reply.failure)));
    else if (reply && "answer" in reply && reply.taskSha256 === checksum)
      settle(id, ({ resolve }) => resolve(reply.answer));
    // The next poll puts the task on the queue again.
    else logOnce(reply && "refusal" in reply ? reply.refusal : "a worker gave something that is no answer");
  }

  /** The finished jobs of tasks that are waited for, taken off the queue. */
  async function* finished(state: "completed" | "failed"): AsyncGenerator<[string, Pending, Job]> {
    for (const id of await queue.getRanges([state], 0, -1)) {
      const task = pending.get(id);
      const job = task && (await queue.getJob(id));
      if (!job) continue;
      await job.remove();
      yield [id, task, job as Job];
    }
  }

  async function sync(): Promise<void> {
    const there = new Set(await queue.getRanges([...STATES], 0, -1));
    const missing = [...pending].filter(([id]) => !there.has(id));
    await queue.addBulk(
      missing.map(([jobId, { task, checksum }]) => ({
        name: task.id,
        data: { terms: spec, task, taskSha256: checksum } satisfies z.infer<typeof jobSchema>,
        opts: { jobId, attempts: TRIES, backoff: 1000, removeOnComplete: KEPT, removeOnFail: KEPT },
      })),
    );
    for await (const [id, task, job] of finished("completed")) acceptReply(id, task, job.returnvalue);
    for await (const [id, { task }, { failedReason }] of finished("failed"))
      settle(id, ({ resolve }) => resolve({ task: task.id, failed: failedReason }));
    lastReply = performance.now();
  }

  async function poll(): Promise<void> {
    while (!closing.signal.aborted) {
      if (pending.size)
        await sync().catch(({ message }) => closing.signal.aborted || logOnce(`the queue: ${message}`));
      await sleep(every, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  void poll();
  // Not every Redis tells who is connected.
  const workers = await queue.getWorkersCount().catch(() => undefined);
  if (workers === 0) log(`no worker is on the queue yet: jigsaw worker --queue ${withoutPassword(url)}`);

  const impatience = setInterval(
    () => {
      if (pending.size === 0) lastReply = performance.now();
      if (performance.now() - lastReply < patience) return;
      const hint = "All that was solved is kept; start Redis, and go on with --resume.";
      const error = new JigsawError("network", `Redis at ${withoutPassword(url)} does not answer`, hint);
      for (const id of [...pending.keys()]) settle(id, ({ reject }) => reject(error));
    },
    Math.min(every, patience),
  );

  return {
    width: Number.POSITIVE_INFINITY,
    solve: (task, signal) =>
      new Promise((resolve, reject) => {
        pending.set(`${spec.run}-${fileNameOf(task.id)}`, {
          task,
          checksum: taskChecksum(task),
          resolve,
          reject,
        });
        // A listener for every task that is waited for.
        setMaxListeners(0, signal);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    async close() {
      closing.abort();
      clearInterval(impatience);
      // Jobs that no worker has begun are taken off; results of the others stay for a resumed run.
      if (redis.status === "ready")
        await Promise.all([...pending.keys()].map((id) => queue.remove(id))).catch(() => {});
      redis.disconnect();
    },
  };
}

// Tasks on a queue (BullMQ, on Redis), to be solved by `jigsaw worker` on any machine.
//
// The results are on the producer's disk; Redis may lose all that it holds at any time. So the producer looks every
// second at what is on the queue: a task without a job is put there (at first, and after Redis was emptied), and a
// finished job's return value is taken, the file written, the job removed. There is no second way by events that could
// be missed: a second is little by the side of a task's time. Jobs are called by run and task, so that none is there twice;
// one that is solved twice after all gives the same answer.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "bullmq";
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { type ErrorCode, JigsawError, revive } from "../core/errors.ts";
import { fileNameOf, taskChecksum } from "../evaluate/node/run-folder.ts";
import { type Answer, answerSchema } from "../evaluate/outcomes.ts";
import type { Executor, FailedTask } from "../evaluate/run-tasks.ts";
import { TRIES } from "./pool.ts";
import { setupSchema } from "./pool-child.ts";
import { openRedis, optionalPackage, sayWhenLost, withoutPassword } from "./redis.ts";

export const QUEUE = "jigsaw-eval";

/** What producer and worker have to agree on before anything is solved. */
export const termsSchema = z.object({
  run: z.string(),
  /** Of what decides the numbers. */
  versions: z.record(z.string(), z.string()),
  modelSha256: z.string(),
  setup: setupSchema,
});
export type Terms = z.infer<typeof termsSchema>;

export const jobSchema = z.object({ terms: termsSchema, task: z.unknown(), taskSha256: z.string() });

/** What can be read of a job of any version. */
export const offerSchema = z.object({ terms: termsSchema.pick({ run: true, versions: true }) });

const failureSchema = z.object({
  message: z.string(),
  code: z.custom<ErrorCode>((code) => typeof code === "string"),
  hint: z.string().optional(),
});

/** What a worker makes of a job; thrown errors are tried again, these are not. */
export const replySchema = z.union([
  z.object({ answer: answerSchema, taskSha256: z.string() }),
  /** The worker does not agree to the terms, and has left. */
  z.object({ refusal: z.string() }),
  /** Something that the user has to mend, the same for every task. */
  z.object({ failure: failureSchema }),
]);
export type Reply = z.infer<typeof replySchema>;

const STATES = ["waiting", "active", "delayed", "completed", "failed"] as const;

/** Results that no producer takes are kept for a week. */
const KEPT = { age: 7 * 24 * 3600 };

export interface QueueOptions {
  /** Milliseconds between two looks at the queue. */
  readonly every?: number;
  /** Milliseconds without an answer of Redis after which the run ends. */
  readonly patience?: number;
  /** Takes what the user should know. */
  readonly say?: (line: string) => void;
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
  terms: Terms,
  { every = 1000, patience = 300_000, say = () => {} }: QueueOptions = {},
): Promise<Executor> {
  const closing = new AbortController();
  const redis = await openRedis(url, closing.signal);
  const { Queue } = await optionalPackage(() => import("bullmq"));
  const queue = new Queue(QUEUE, { connection: redis });
  queue.on("error", () => {});
  const pending = new Map<string, Pending>();
  let heard = performance.now();
  sayWhenLost(redis, say, closing.signal);

  const said = new Set<string>();
  const sayOnce = (line: string) => {
    if (!said.has(line)) say(line);
    said.add(line);
  };

  const settle = (id: string, how: (task: Pending) => void) => {
    const task = pending.get(id);
    pending.delete(id);
    if (task) how(task);
  };

  /** Takes what a solved job came to. */
  function take(id: string, { checksum }: Pending, value: unknown): void {
    const { data: reply } = replySchema.safeParse(value);
    if (reply && "failure" in reply) settle(id, ({ reject }) => reject(revive(reply.failure)));
    else if (reply && "answer" in reply && reply.taskSha256 === checksum)
      settle(id, ({ resolve }) => resolve(reply.answer));
    // The next look puts the task on the queue again.
    else sayOnce(reply && "refusal" in reply ? reply.refusal : "a worker gave something that is no answer");
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

  async function look(): Promise<void> {
    const there = new Set(await queue.getRanges([...STATES], 0, -1));
    const missing = [...pending].filter(([id]) => !there.has(id));
    await queue.addBulk(
      missing.map(([jobId, { task, checksum }]) => ({
        name: task.id,
        data: { terms, task, taskSha256: checksum } satisfies z.infer<typeof jobSchema>,
        opts: { jobId, attempts: TRIES, backoff: 1000, removeOnComplete: KEPT, removeOnFail: KEPT },
      })),
    );
    for await (const [id, task, job] of finished("completed")) take(id, task, job.returnvalue);
    for await (const [id, { task }, { failedReason }] of finished("failed"))
      settle(id, ({ resolve }) => resolve({ task: task.id, failed: failedReason }));
    heard = performance.now();
  }

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      if (pending.size)
        await look().catch(({ message }) => closing.signal.aborted || sayOnce(`the queue: ${message}`));
      await sleep(every, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  void watch();
  // Not every Redis tells who is connected.
  const workers = await queue.getWorkersCount().catch(() => undefined);
  if (workers === 0) say(`no worker is on the queue yet: jigsaw worker --queue ${withoutPassword(url)}`);

  const impatience = setInterval(
    () => {
      if (pending.size === 0) heard = performance.now();
      if (performance.now() - heard < patience) return;
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
        pending.set(`${terms.run}-${fileNameOf(task.id)}`, {
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
      // What nobody has begun need not be done; what is being done will wait for a resumed run.
      if (redis.status === "ready")
        await Promise.all([...pending.keys()].map((id) => queue.remove(id))).catch(() => {});
      redis.disconnect();
    },
  };
}

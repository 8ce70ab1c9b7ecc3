// jigsaw worker --queue redis://localhost:6379 --concurrency 2
import { Command } from "commander";
import * as z from "zod";
import { serveQueue } from "../cluster/queue-worker.ts";
import { withoutPassword } from "../cluster/redis.ts";
import { JigsawError } from "../core/errors.ts";
import { modelChecksum } from "../evaluate/node/model-checksum.ts";
import { modelFolder, versions } from "../load.ts";
import { withInterrupt } from "./harness.ts";
import { addOptions, readOptions } from "./options.ts";

export const workerOptions = z.object({
  queue: z.string().describe("redis://host:port of the queue (needed)"),
  concurrency: z.int().positive().default(1).describe("tasks at a time, each in a process of its own"),
  lockSeconds: z
    .int()
    .positive()
    .default(30)
    .describe("seconds without a sign of life after which another worker takes over a task"),
});

async function workerAction(raw: Readonly<Record<string, unknown>>): Promise<void> {
  const { queue, ...options } = readOptions(workerOptions, raw);
  const serve = (signal: AbortSignal) =>
    serveQueue({
      ...options,
      url: queue,
      versions: versions(),
      checksum: (model) => modelChecksum(modelFolder(model)),
      log: (line) => console.log(line),
      ready: () => console.log(`Solving what comes over ${withoutPassword(queue)}; Ctrl-C ends it.`),
      signal,
    });
  const reason = () => new JigsawError("interrupted", "stopped; tasks in hand were given back");
  await withInterrupt(serve, { reason });
}

export const workerCommand = (): Command =>
  addOptions(new Command("worker"), workerOptions)
    .description(`solve the tasks that "jigsaw eval --queue" puts on a queue, on this machine`)
    .action(workerAction);

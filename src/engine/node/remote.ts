// The engine in a worker thread: the same face, while this thread stays free for a terminal or a server.
import { Worker } from "node:worker_threads";
import { type Failure, revive } from "../../core/errors.ts";
import type { Engine, HostTensor } from "../engine.ts";
import type { NodeEngineOptions } from "./sessions.ts";

/** A call of an engine's method, and its answer. */
export interface Request {
  readonly id: number;
  readonly method: Exclude<keyof Engine, "device">;
  readonly args: readonly unknown[];
}

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: Failure });

/** What is said of a call that comes, or still waits, when the engine is closed. */
export const ENDED = "the engine's worker has ended";

/** From source (in tests) the worker is TypeScript, for which tsx has to be registered in the worker first. */
function startWorker(options: NodeEngineOptions): Worker {
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./worker.js", import.meta.url), { workerData: options });
  const file = JSON.stringify(new URL("./worker.ts", import.meta.url).href);
  const start = `import("tsx/esm/api").then(({ register }) => { register(); return import(${file}); })`;
  return new Worker(start, { eval: true, workerData: options });
}

/** A tensor's memory, where it has it to itself; what it shares with others has to be copied. */
const movable = ({ data: { buffer, byteLength } }: HostTensor): ArrayBuffer[] =>
  buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];

/** Opens an engine in a worker thread. */
export async function openRemoteEngine(options: NodeEngineOptions = {}): Promise<Engine> {
  const worker = startWorker(options);
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let counter = 0;
  let ended: Error | undefined;

  const call = <T>(method: Request["method"], ...args: unknown[]): Promise<T> => send(method, args, []);

  const send = <T>(method: Request["method"], args: unknown[], moved: ArrayBuffer[]): Promise<T> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      const id = ++counter;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies Request, moved);
    });

  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };

  // The first message says whether the engine opened.
  await new Promise<void>((resolve, reject) => {
    worker.once("message", (failure: Failure | "ready") =>
      failure === "ready" ? resolve() : reject(revive(failure)),
    );
    worker.once("error", reject);
  }).catch(async (error) => {
    await exited;
    throw error;
  });
  worker.on("message", (reply: Reply) => {
    const { resolve, reject } = waiting.get(reply.id)!;
    waiting.delete(reply.id);
    if ("error" in reply) reject(revive(reply.error));
    else resolve(reply.value as never);
  });
  worker.on("error", end);
  worker.on("exit", () => end(new Error(ENDED)));

  return {
    device: options.device ?? "cpu",
    compile: (...args) => call("compile", ...args),
    run: (...args) => call("run", ...args),
    upload: (tensor) => send("upload", [tensor], movable(tensor)),
    read: (tensor) => call("read", tensor),
    free: (tensors) => call("free", [...tensors]),
    release: (program) => call("release", program),
    async close() {
      if (!ended) await call("close");
      await exited;
    },
  };
}

// The engine in a worker thread: the same interface, while this thread stays free for a terminal or a server.
import { Worker } from "node:worker_threads";
import { connect } from "../../core/rpc.ts";
import type { Engine, HostTensor } from "../engine.ts";
import { disableTelemetry, type NodeEngineOptions } from "./sessions.ts";

type Method = Exclude<keyof Engine, "device" | "float64" | "close">;

/** The methods of the worker: an engine's, each with its arguments as a list. */
export type RemoteMethods = {
  open(options: NodeEngineOptions): Promise<void>;
  close(): Promise<void>;
} & { [M in Method]: (args: Parameters<Engine[M]>) => ReturnType<Engine[M]> };

/** From source (in tests) the worker is TypeScript, for which tsx has to be registered in the worker first. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./worker.js", import.meta.url));
  const file = JSON.stringify(new URL("./worker.ts", import.meta.url).href);
  const start = `import("tsx/esm/api").then(({ register }) => { register(); return import(${file}); })`;
  return new Worker(start, { eval: true });
}

/** A tensor's memory, to be moved; none where it is shared with other tensors, so that it has to be copied. */
const movable = ({ data: { buffer, byteLength } }: HostTensor): ArrayBuffer[] =>
  buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];

/** Opens an engine in a worker thread. */
export async function openRemoteEngine(options: NodeEngineOptions = {}): Promise<Engine> {
  disableTelemetry();
  const worker = startWorker();
  const client = connect({
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on("message", listener),
  });
  worker.on("error", client.close);
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      client.close(new Error("the engine has ended"));
      resolve();
    });
  });
  const call = <M extends Method>(method: M, args: Parameters<Engine[M]>, transfer: ArrayBuffer[] = []) =>
    client.call<Awaited<ReturnType<Engine[M]>>>(method, args, { transfer });

  await client.call("open", options).catch(async (error) => {
    await exited;
    throw error;
  });
  let closing: Promise<void> | undefined;
  return {
    device: options.device ?? "cpu",
    compile: (...args) => call("compile", args),
    run: (...args) => call("run", args),
    upload: (tensor) => call("upload", [tensor], movable(tensor)),
    download: (...args) => call("download", args),
    free: (tensors) => call("free", [[...tensors]]),
    release: (...args) => call("release", args),
    async close() {
      closing ??= client.call<void>("close");
      await closing;
      await exited;
    },
  };
}

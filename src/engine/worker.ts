// The worker's side of remote.ts.
import { parentPort, workerData } from "node:worker_threads";
import { JigsawError } from "../errors.ts";
import { openNodeEngine } from "./node.ts";
import type { Failure, Reply, Request } from "./remote.ts";

const port = parentPort!;

const failure = (error: unknown): Failure =>
  error instanceof JigsawError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { message: String((error as Error).message ?? error) };

try {
  const engine = await openNodeEngine(workerData);
  port.on("message", async ({ id, method, args }: Request) => {
    let reply: Reply;
    try {
      reply = {
        id,
        value: await (engine[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args),
      };
    } catch (error) {
      reply = { id, error: failure(error) };
    }
    port.postMessage(reply);
  });
  port.postMessage("ready");
} catch (error) {
  port.postMessage(failure(error));
}

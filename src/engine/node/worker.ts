// The worker's side of remote.ts. Requests are answered one after another, and the thread ends by itself: where it is
// terminated from outside in a native call, the whole process dies.
import { parentPort, workerData } from "node:worker_threads";
import { failureOf } from "../../core/errors.ts";
import { ENDED, type Reply, type Request } from "./remote.ts";
import { openNodeEngine } from "./sessions.ts";

const port = parentPort!;

try {
  const engine = await openNodeEngine(workerData);
  let closing = false;
  const answer = async ({ id, method, args }: Request): Promise<Reply> => {
    if (closing && method !== "close") return { id, error: { message: ENDED } };
    try {
      const value = await (engine[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
      return { id, value };
    } catch (error) {
      return { id, error: failureOf(error) };
    }
  };
  let last: Promise<void> = Promise.resolve();
  port.on("message", (request: Request) => {
    closing ||= request.method === "close";
    last = last.then(async () => {
      port.postMessage(await answer(request));
      if (request.method === "close") port.close();
    });
  });
  port.postMessage("ready");
} catch (error) {
  port.postMessage(failureOf(error));
}

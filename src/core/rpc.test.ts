import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { JigsawError } from "./errors.ts";
import { type CallContext, type Client, connect, type Methods, serve } from "./rpc.ts";

/** A client of `methods`, over a channel that copies messages as threads do. */
function clientOf(methods: Methods): Client {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const [near, far] = [port1, port2].map((port) => ({
    post: (message: unknown, transfer: ArrayBuffer[]) => port.postMessage(message, transfer),
    onMessage: (listener: (message: unknown) => void) => void port.on("message", listener),
  }));
  serve(far!, methods);
  return connect(near!);
}

it("answers each call with its own value, in whatever order they end", async () => {
  const client = clientOf({
    async wait(ms: number) {
      await sleep(ms);
      return ms;
    },
  });
  const waits = [30, 1, 10];
  expect(await Promise.all(waits.map((ms) => client.call("wait", ms)))).toEqual(waits);
});

it("passes on the code, the message and the hint of an error", async () => {
  const client = clientOf({
    refuse() {
      throw new JigsawError("too-long", "100 tokens", "Take fewer.");
    },
    fail: () => Promise.reject(new TypeError("a fault")),
    // A function cannot be copied.
    odd: () => () => {},
  });
  const refused = client.call("refuse");
  await expect(refused).rejects.toBeInstanceOf(JigsawError);
  await expect(refused).rejects.toMatchObject({
    code: "too-long",
    message: "100 tokens",
    hint: "Take fewer.",
  });
  await expect(client.call("fail")).rejects.toThrow("a fault");
  await expect(client.call("odd")).rejects.toThrow("could not be cloned");
  await expect(client.call("none")).rejects.toThrow();
});

it("moves memory that is transferred", async () => {
  const client = clientOf({ sum: (data: Float32Array) => data.reduce((a, b) => a + b) });
  const data = Float32Array.of(1, 2, 3);
  expect(await client.call("sum", data, { transfer: [data.buffer] })).toBe(6);
  expect(data.length).toBe(0);
});

it("rejects an aborted call at once, and aborts the method's signal", async () => {
  let seen: CallContext | undefined;
  const client = clientOf({
    async run(_: unknown, context: CallContext) {
      seen = context;
      await sleep(20);
      return "late";
    },
  });
  const stop = new AbortController();
  const running = client.call("run", undefined, { signal: stop.signal });
  await sleep(5);
  stop.abort(new JigsawError("interrupted", "stopped", "Go on."));
  await expect(running).rejects.toBe(stop.signal.reason);
  await sleep(5);
  expect(seen!.signal.reason).toMatchObject({ code: "interrupted", message: "stopped", hint: "Go on." });
  await expect(client.call("run", undefined, { signal: stop.signal })).rejects.toBe(stop.signal.reason);
  // The reply that comes too late is nobody's.
  await sleep(20);
  expect(await client.call("run")).toBe("late");
});

it("gives the events of a call in their order, then its end", async () => {
  const client = clientOf({
    async count(to: number, { emit, signal }: CallContext) {
      for (let i = 1; i <= to; i++) {
        signal.throwIfAborted();
        emit(i);
        await sleep(1);
      }
      if (to === 3) throw new Error("three");
    },
  });
  const seen: number[] = [];
  for await (const event of client.events<number>("count", 5)) seen.push(event);
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  const failing = client.events<number>("count", 3)[Symbol.asyncIterator]();
  for (const value of [1, 2, 3]) expect(await failing.next()).toEqual({ done: false, value });
  await expect(failing.next()).rejects.toThrow("three");
});

it("aborts a call whose events are not waited for any more, and one whose signal is aborted", async () => {
  const signals: AbortSignal[] = [];
  const client = clientOf({
    async forever(_: unknown, { emit, signal }: CallContext) {
      signals.push(signal);
      for (; !signal.aborted; await sleep(1)) emit("again");
    },
  });
  for await (const _ of client.events("forever", undefined)) break;
  const stop = new AbortController();
  const events = client.events("forever", undefined, stop.signal)[Symbol.asyncIterator]();
  await events.next();
  stop.abort(new Error("enough"));
  await expect(
    (async () => {
      while (!(await events.next()).done);
    })(),
  ).rejects.toThrow("enough");
  await sleep(10);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  await expect(client.events("forever", undefined, stop.signal).result).rejects.toThrow("enough");
});

it("rejects what waits when the other side is gone, and what comes later", async () => {
  const client = clientOf({ never: () => new Promise(() => {}) });
  const waiting = client.call("never");
  client.close(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  await expect(client.call("never")).rejects.toThrow("gone");
});

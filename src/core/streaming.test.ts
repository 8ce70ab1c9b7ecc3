/** Streamed work: awaited only, iterated only, both, left early, failing, aborted. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { streaming } from "./streaming.ts";

/** Counts to `to`, and tells how it ended. */
function counting(to: number, log: string[] = []) {
  return async function* (signal: AbortSignal): AsyncGenerator<number, string, void> {
    try {
      for (let i = 1; i <= to; i++) {
        await sleep(1);
        signal.throwIfAborted();
        log.push(`${i}`);
        yield i;
      }
      return "counted";
    } finally {
      log.push("cleaned up");
    }
  };
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("streamed work", () => {
  it("starts by itself, and gives its result to who only awaits it", async () => {
    const log: string[] = [];
    const stream = streaming(counting(3, log));
    expect(await stream.result).toBe("counted");
    expect(log).toEqual(["1", "2", "3", "cleaned up"]);
  });

  it("gives every event to who only iterates", async () => {
    expect(await collect(streaming(counting(3)))).toEqual([1, 2, 3]);
  });

  it("gives events and result to who asks for both, in either order", async () => {
    const stream = streaming(counting(3));
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(await stream.result).toBe("counted");
    const awaited = streaming(counting(3));
    expect(await awaited.result).toBe("counted");
    expect(await collect(awaited)).toEqual([1, 2, 3]);
  });

  it("waits for whoever iterates, and for nobody where its result is asked for", async () => {
    const log: string[] = [];
    for await (const event of streaming(counting(3, log))) {
      await sleep(10);
      expect(log.filter((line) => line !== "cleaned up")).toHaveLength(event);
    }
    const stream = streaming(counting(3));
    for await (const event of stream) {
      // Asking for the result inside the loop is no deadlock.
      expect(await stream.result).toBe("counted");
      expect(event).toBeLessThan(4);
    }
  });

  it("stops and has cleaned up where the loop is left by break", async () => {
    const log: string[] = [];
    const stream = streaming(counting(1000, log));
    for await (const event of stream) if (event === 2) break;
    expect(log.at(-1)).toBe("cleaned up");
    expect(log.length).toBeLessThan(10);
    await expect(stream.result).rejects.toMatchObject({ code: "interrupted" });
  });

  it("stops where the loop's body throws, and leaves the error as it is", async () => {
    const log: string[] = [];
    const watch = async () => {
      for await (const _ of streaming(counting(1000, log))) throw new Error("of the watcher");
    };
    await expect(watch()).rejects.toThrow("of the watcher");
    expect(log.at(-1)).toBe("cleaned up");
  });

  it("hands a failure to the loop, after the events before it, and to the result", async () => {
    const failing = () =>
      streaming(async function* () {
        yield 1;
        throw new Error("of the work");
      });
    const seen: number[] = [];
    const watch = async (stream: AsyncIterable<number>) => {
      for await (const event of stream) seen.push(event);
    };
    await expect(watch(failing())).rejects.toThrow("of the work");
    expect(seen).toEqual([1]);
    await expect(failing().result).rejects.toThrow("of the work");
  });

  it("is no unhandled rejection where nobody asks for it", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    streaming(async function* () {
      yield 1;
      throw new Error("unseen");
    });
    await sleep(20);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("ends with the reason of an abort, before it begins and while it runs", async () => {
    const reason = new Error("enough");
    await expect(streaming(counting(3), AbortSignal.abort(reason)).result).rejects.toBe(reason);
    const stop = new AbortController();
    const log: string[] = [];
    const stream = streaming(counting(1000, log), stop.signal);
    const watch = async () => {
      for await (const event of stream) if (event === 2) stop.abort(reason);
    };
    await expect(watch()).rejects.toBe(reason);
    await expect(stream.result).rejects.toBe(reason);
    expect(log.at(-1)).toBe("cleaned up");
  });

  it("is iterated once, and is not thenable", async () => {
    const stream = streaming(counting(2));
    await collect(stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow("iterated over before");
    expect("then" in stream).toBe(false);
  });
});

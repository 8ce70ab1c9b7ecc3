/** Models are opened once, a bounded number stays open, and none is closed while it is in use. */
import { describe, expect, it } from "vitest";
import type { Model } from "../../model/model.ts";
import { openModelCache, type Progress } from "./model-cache.ts";

/** Models that do nothing but tell when they are opened and closed. */
function fakeModels(most: number) {
  const log: string[] = [];
  const gates = new Map<string, (error?: Error) => void>();
  let progress: Progress = () => {};
  const cache = openModelCache((name, heard) => {
    log.push(`open ${name}`);
    progress = heard;
    return new Promise<Model>((resolve, reject) => {
      const model = { close: async () => void log.push(`close ${name}`) } as unknown as Model;
      gates.set(name, (error) => (error ? reject(error) : resolve(model)));
    });
  }, most);
  const acquire = async (name: string) => {
    const acquired = cache.acquire(name, () => {});
    gates.get(name)!();
    return acquired;
  };
  return { log, gates, cache, acquire, heard: (...news: Parameters<Progress>) => progress(...news) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("a model cache", () => {
  it("opens a model once, however often it is asked for", async () => {
    const { log, cache, acquire } = fakeModels(2);
    const [a, b] = await Promise.all([acquire("a"), acquire("a")]);
    expect(a.model).toBe(b.model);
    a.release();
    b.release();
    expect((await acquire("a")).model).toBe(a.model);
    expect(log).toEqual(["open a"]);
    await cache.close();
    expect(log).toEqual(["open a", "close a"]);
  });

  it("closes the one that was used the longest ago", async () => {
    const { log, acquire } = fakeModels(2);
    for (const name of ["a", "b", "a", "c"]) (await acquire(name)).release();
    await settle();
    expect(log).toEqual(["open a", "open b", "open c", "close b"]);
  });

  it("closes none that is in use", async () => {
    const { log, acquire } = fakeModels(1);
    const [a, b] = [await acquire("a"), await acquire("b")];
    await settle();
    expect(log).toEqual(["open a", "open b"]);
    b.release();
    b.release();
    await settle();
    expect(log.at(-1)).toBe("close b");
    a.release();
    await settle();
    expect(log).toHaveLength(3);
  });

  it("tells all who wait how far a model is", async () => {
    const { cache, gates, heard } = fakeModels(2);
    const news: string[] = [];
    const waiting = ["x", "y"].map((who) =>
      cache.acquire("a", (loaded, total, what) => news.push(`${who} ${what} ${loaded}/${total}`)),
    );
    heard(1, 4, "runtime");
    gates.get("a")!();
    await Promise.all(waiting);
    heard(4, 4, "too late");
    expect(news).toEqual(["x runtime 1/4", "y runtime 1/4"]);
  });

  it("tries anew what could not be opened", async () => {
    const { log, cache, gates, acquire } = fakeModels(2);
    const failing = cache.acquire("a", () => {});
    gates.get("a")!(new Error("no network"));
    await expect(failing).rejects.toThrow("no network");
    await acquire("a");
    expect(log).toEqual(["open a", "open a"]);
  });

  it("ends the waiting of who is stopped, and keeps what comes after all", async () => {
    const { log, cache, gates, acquire } = fakeModels(2);
    const stop = new AbortController();
    const waiting = cache.acquire("a", () => {}, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await expect(cache.acquire("a", () => {}, stop.signal)).rejects.toThrow("stopped");
    gates.get("a")!();
    await acquire("a");
    expect(log).toEqual(["open a"]);
  });
});

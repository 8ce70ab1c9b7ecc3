/** Models are opened once, a bounded number stays open, and none is closed while it is in use. */
import { describe, expect, it } from "vitest";
import type { Model } from "../../model/model.ts";
import { openShelf, type Progress } from "./shelf.ts";

/** Models that do nothing but tell when they are opened and closed. */
function library(most: number) {
  const log: string[] = [];
  const gates = new Map<string, (error?: Error) => void>();
  let progress: Progress = () => {};
  const shelf = openShelf((name, heard) => {
    log.push(`open ${name}`);
    progress = heard;
    return new Promise<Model>((resolve, reject) => {
      const model = { close: async () => void log.push(`close ${name}`) } as unknown as Model;
      gates.set(name, (error) => (error ? reject(error) : resolve(model)));
    });
  }, most);
  const borrow = async (name: string) => {
    const borrowed = shelf.borrow(name, () => {});
    gates.get(name)!();
    return borrowed;
  };
  return { log, gates, shelf, borrow, heard: (...news: Parameters<Progress>) => progress(...news) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("a shelf", () => {
  it("opens a model once, however often it is asked for", async () => {
    const { log, shelf, borrow } = library(2);
    const [a, b] = await Promise.all([borrow("a"), borrow("a")]);
    expect(a.model).toBe(b.model);
    a.giveBack();
    b.giveBack();
    expect((await borrow("a")).model).toBe(a.model);
    expect(log).toEqual(["open a"]);
    await shelf.close();
    expect(log).toEqual(["open a", "close a"]);
  });

  it("closes the one that was used the longest ago", async () => {
    const { log, borrow } = library(2);
    for (const name of ["a", "b", "a", "c"]) (await borrow(name)).giveBack();
    await settle();
    expect(log).toEqual(["open a", "open b", "open c", "close b"]);
  });

  it("closes none that is in use", async () => {
    const { log, borrow } = library(1);
    const [a, b] = [await borrow("a"), await borrow("b")];
    await settle();
    expect(log).toEqual(["open a", "open b"]);
    b.giveBack();
    b.giveBack();
    await settle();
    expect(log.at(-1)).toBe("close b");
    a.giveBack();
    await settle();
    expect(log).toHaveLength(3);
  });

  it("tells all who wait how far a model is", async () => {
    const { shelf, gates, heard } = library(2);
    const news: string[] = [];
    const waiting = ["x", "y"].map((who) =>
      shelf.borrow("a", (loaded, total, what) => news.push(`${who} ${what} ${loaded}/${total}`)),
    );
    heard(1, 4, "runtime");
    gates.get("a")!();
    await Promise.all(waiting);
    heard(4, 4, "too late");
    expect(news).toEqual(["x runtime 1/4", "y runtime 1/4"]);
  });

  it("tries anew what could not be opened", async () => {
    const { log, shelf, gates, borrow } = library(2);
    const failing = shelf.borrow("a", () => {});
    gates.get("a")!(new Error("no network"));
    await expect(failing).rejects.toThrow("no network");
    await borrow("a");
    expect(log).toEqual(["open a", "open a"]);
  });

  it("ends the waiting of who is stopped, and keeps what comes after all", async () => {
    const { log, shelf, gates, borrow } = library(2);
    const stop = new AbortController();
    const waiting = shelf.borrow("a", () => {}, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await expect(shelf.borrow("a", () => {}, stop.signal)).rejects.toThrow("stopped");
    gates.get("a")!();
    await borrow("a");
    expect(log).toEqual(["open a"]);
  });
});

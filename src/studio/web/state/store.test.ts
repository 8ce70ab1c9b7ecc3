import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import type { Race } from "../race/race.ts";
import { canvasNow, type Session } from "../touch/session.ts";
import { createStore, keptStore } from "./store.ts";

/** Storage that holds what it is given; `full` refuses to. */
function storage(full = false): Storage & { readonly held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    removeItem: (key: string) => held.delete(key),
    setItem(key: string, value: string) {
      if (full) throw new DOMException("full", "QuotaExceededError");
      held.set(key, value);
    },
  } as unknown as Storage & { held: Map<string, string> };
}

const number = (json: unknown) => (typeof json === "number" ? json : undefined);

describe("a store", () => {
  it("tells those who listen of changes only, and until they stop", () => {
    const store = createStore(1);
    const heard = vi.fn();
    const stop = store.subscribe(heard);
    store.set(1);
    expect(heard).not.toHaveBeenCalled();
    store.set((now) => now + 1);
    stop();
    store.set(5);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(store.get()).toBe(5);
  });

  it("finds again what was kept", () => {
    const where = storage();
    const keep = { key: "n", where: () => where, read: number };
    keptStore(1, keep).set(7);
    expect(keptStore(1, keep).get()).toBe(7);
  });

  it.each(['"seven"', "no json", "{}"])("begins anew where %s was kept", (text) => {
    const where = storage();
    where.held.set("n", text);
    expect(keptStore(1, { key: "n", where: () => where, read: number }).get()).toBe(1);
  });

  it("reads what 0.1.0 stored as frames and canvases of today", () => {
    // Values of a tab's storage, by key.
    const text = readFileSync(new URL("fixtures/stored-0.1.0.json", import.meta.url), "utf8");
    const where = storage();
    for (const [key, value] of Object.entries(JSON.parse(text))) where.held.set(key, JSON.stringify(value));
    const read = <T>(key: string) =>
      keptStore<T>(null as T, { key, where: () => where, read: (json) => json as T });
    const { session } = read<{ session: Session }>("jigsaw:touch").get();
    expect(session.blank).toEqual({ shape: [1, 2], slots: [OPEN, OPEN], locked: [] });
    expect(session.past[1]!.edited).toEqual({ shape: [1, 2], slots: [4, OPEN], locked: [0] });
    expect(session.branches[0]!.start).toEqual({ shape: [1, 2], slots: [4, OPEN], locked: [0] });
    expect(canvasNow(session)).toEqual({ shape: [1, 2], slots: [4, OPEN], locked: [0] });
    expect(session.branches[0]!.run.shots[1]!.frame).toEqual({
      ...{ pass: 2, shape: [1, 2], slots: [4, 3], confidence: [0.75, 0.5] },
      ...{ committed: [1], retracted: [], ties: 1 },
    });
    const race = read<Race>("jigsaw:race").get();
    expect(race.lanes[0]!.run!.shots[0]!.frame).toMatchObject({ shape: [1, 2], slots: [OPEN, 3], ties: 0 });
    expect(race.of.task.train).toEqual([{ input: [[1, 2]], output: [[2, 1]] }]);
  });

  it("does not keep what was before, where what is now has no room", () => {
    const where = storage();
    const keep = { key: "n", where: () => where, read: number };
    const store = keptStore(1, keep);
    store.set(7);
    where.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    store.set(8);
    expect(keptStore(1, keep).get()).toBe(1);
  });

  it("does without storage that is full or forbidden", () => {
    const full = keptStore(1, { key: "n", where: () => storage(true), read: number });
    full.set(2);
    expect(full.get()).toBe(2);
    const forbidden = () => {
      throw new DOMException("no", "SecurityError");
    };
    const none = keptStore(1, { key: "n", where: forbidden, read: number });
    none.set(3);
    expect(none.get()).toBe(3);
  });
});

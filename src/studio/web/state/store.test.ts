import { describe, expect, it, vi } from "vitest";
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

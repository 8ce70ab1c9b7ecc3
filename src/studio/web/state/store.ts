// One value that several parts of the page share, and the hook that reads it.

import { useEffect, useReducer } from "preact/hooks";
import { fromFirst } from "../../../decode/frames.ts";

/** A value with listeners. */
export interface Store<T> {
  get(): T;
  set(next: T | ((now: T) => T)): void;
  /** Calls back after every change; gives the function that ends it. */
  subscribe(changed: () => void): () => void;
}

/** A store in memory. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const after = typeof next === "function" ? (next as (now: T) => T)(value) : next;
      if (Object.is(after, value)) return;
      value = after;
      for (const changed of [...listeners]) changed();
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}

/** Where a value outlives the page, and how it is read back: what `read` refuses (undefined) is as if it were not there. */
export interface Keep<T> {
  readonly key: string;
  readonly where: () => Storage;
  readonly read: (json: unknown) => T | undefined;
  /** For values that change often: written only when the page is left. */
  readonly onLeave?: boolean;
}

/** A store whose value is kept as JSON. Storage that is full or forbidden is done without. */
export function keptStore<T>(initial: T, { key, where, read, onLeave }: Keep<T>): Store<T> {
  let json: unknown;
  try {
    // What 0.1.0 stored is read as well.
    json = JSON.parse(where().getItem(key) ?? "null", (_, value) => fromFirst(value));
  } catch {}
  const store = createStore(read(json) ?? initial);
  const write = () => {
    try {
      // What has no room is not kept at all: what was kept before is no longer true.
      where().removeItem(key);
      where().setItem(key, JSON.stringify(store.get()));
    } catch {}
  };
  if (onLeave) addEventListener("pagehide", write);
  else store.subscribe(write);
  return store;
}

/** The value of a store; draws anew whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const drawn = store.get();
  useEffect(() => {
    // It may have changed between drawing and this effect.
    if (!Object.is(drawn, store.get())) redraw(undefined);
    return store.subscribe(() => redraw(undefined));
  }, [store]);
  return drawn;
}

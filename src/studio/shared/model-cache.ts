// Models that are open: each is opened when it is first asked for, and a bounded number stays open.
import type { Model } from "../../model/model.ts";

/** Hears of bytes that have come, of how many there will be (0 where it is not known), and of what. */
export type Progress = (loaded: number, total: number, what: string) => void;

/** A model in use. */
export interface AcquiredModel {
  readonly model: Model;
  /** Says that the model is not used any more; it stays open until another one needs its place. */
  release(): void;
}

/** Opens models by name, and keeps the ones used last open. */
export interface ModelCache {
  /** An aborted signal ends the waiting; what is on its way still comes. */
  acquire(name: string, progress: Progress, signal?: AbortSignal): Promise<AcquiredModel>;
  close(): Promise<void>;
}

interface Place {
  readonly model: Promise<Model>;
  readonly listeners: Set<Progress>;
  users: number;
}

/** Rejects when a signal is aborted; `forget` ends the listening. */
function abortion(signal: AbortSignal | undefined): { aborted: Promise<never>; forget: () => void } {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
  });
  aborted.catch(() => {});
  return { aborted, forget: () => signal?.removeEventListener("abort", stop) };
}

/** @param most how many models stay open; more only while they are in use */
export function openModelCache(
  load: (name: string, progress: Progress) => Promise<Model>,
  most: number,
): ModelCache {
  // By name, the one that was used last at the end.
  const places = new Map<string, Place>();

  const closeSurplus = () => {
    for (const [name, { model, users }] of places) {
      if (places.size <= most) return;
      if (users > 0) continue;
      places.delete(name);
      model.then((open) => open.close()).catch(() => {});
    }
  };

  const open = (name: string): Place => {
    const listeners = new Set<Progress>();
    const model = load(name, (...news) => {
      for (const listener of listeners) listener(...news);
    });
    // What could not be opened is tried anew when it is asked for again.
    model.catch(() => places.delete(name));
    return { model, listeners, users: 0 };
  };

  return {
    async acquire(name, progress, signal) {
      signal?.throwIfAborted();
      const place = places.get(name) ?? open(name);
      places.delete(name);
      places.set(name, place);
      place.users++;
      place.listeners.add(progress);
      let given = false;
      const release = () => {
        if (given) return;
        given = true;
        place.users--;
        closeSurplus();
      };
      const { aborted, forget } = abortion(signal);
      try {
        const model = await Promise.race([place.model, aborted]);
        closeSurplus();
        return { model, release };
      } catch (error) {
        release();
        throw error;
      } finally {
        forget();
        place.listeners.delete(progress);
      }
    },
    async close() {
      const models = await Promise.allSettled([...places.values()].map(({ model }) => model));
      places.clear();
      for (const model of models) if (model.status === "fulfilled") await model.value.close();
    },
  };
}

// What a model says of canvases, asked once for each.
import { useEffect, useState } from "preact/hooks";
import type { Grid } from "../../../arc/grid.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { backend } from "../state/backend.ts";
import type { Shares } from "./masking.ts";

const MOST_KEPT = 400;
const kept = new Map<string, Promise<Shares>>();

/** @param size of the answer */
export function ask(task: StudioTask, model: string, size: Grid, slots: readonly number[]): Promise<Shares> {
  const canvas = { shape: [size.length, size[0]!.length], slots, locked: [] };
  const request = { task, test: 0, model, canvas };
  const key = JSON.stringify(request);
  const before = kept.get(key);
  if (before) return before;
  const asking = backend().then((one) => one.inspect(request));
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, asking);
  asking.catch(() => kept.delete(key));
  return asking;
}

/** Works something out whenever `key` changes: undefined until it is known; what comes too late is dropped. */
export function useAsked<T>(key: string, work: (signal: AbortSignal) => Promise<T>): T | Error | undefined {
  const [found, set] = useState<{ readonly key: string; readonly value: T | Error }>();
  useEffect(() => {
    const stop = new AbortController();
    const tell = (value: T | Error) => !stop.signal.aborted && set({ key, value });
    work(stop.signal).then(tell, (error) => tell(error instanceof Error ? error : new Error(String(error))));
    return () => stop.abort();
  }, [key]);
  return found?.key === key ? found.value : undefined;
}

// Decodings for the primer: each is made once, and what came of it is kept while the page is open.
import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { DecodeRequest } from "../../shared/protocol.ts";
import { start } from "../play/start-decoding.ts";
import { newRun, type Run, take } from "../state/decode-run.ts";
import { createStore, type Store } from "../state/store.ts";

const MOST_KEPT = 200;
const kept = new Map<string, Store<Run>>();

function decodingOf(request: DecodeRequest): Store<Run> {
  const key = JSON.stringify(request);
  const before = kept.get(key);
  if (before) return before;
  const run = createStore<Run>(newRun);
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, run);
  start(request, (event) => {
    run.set((now) => take(now, event));
    // What failed is tried again when it is asked for anew.
    if (event.type === "error") kept.delete(key);
  });
  return run;
}

/** The same for code that waits for the end. */
export function whenDone(request: DecodeRequest, signal: AbortSignal): Promise<Run> {
  const store = decodingOf(request);
  return new Promise((resolve, reject) => {
    const look = () => {
      const run = store.get();
      if (run.status === "done") end(() => resolve(run));
      else if (run.status === "failed" || run.status === "stopped")
        end(() => reject(new Error(run.error?.message ?? "stopped")));
    };
    const aborted = () => end(() => reject(signal.reason));
    const unsubscribe = store.subscribe(look);
    const end = (settle: () => void) => {
      unsubscribe();
      signal.removeEventListener("abort", aborted);
      settle();
    };
    signal.addEventListener("abort", aborted);
    look();
  });
}

/** Several decodings, as far as they have come. */
export function useRuns(requests: readonly DecodeRequest[]): readonly Run[] {
  const key = JSON.stringify(requests);
  const stores = useMemo(() => requests.map(decodingOf), [key]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const changed = () => redraw(undefined);
    // Something may have come in since it was drawn.
    changed();
    const ends = stores.map((store) => store.subscribe(changed));
    return () => {
      for (const end of ends) end();
    };
  }, [stores]);
  return stores.map((store) => store.get());
}

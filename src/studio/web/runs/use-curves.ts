// Training runs, followed for as long as they are shown.
import { useEffect, useState } from "preact/hooks";
import { backend } from "../state/backend.ts";
import { type Curve, newCurve, take } from "./curves.ts";

/** A run that is followed. */
export interface Followed {
  readonly curve: Curve;
  readonly error?: string;
}

/** Follows runs for as long as they are shown. */
export function useCurves(names: readonly string[]): ReadonlyMap<string, Followed> {
  const [curves, set] = useState<ReadonlyMap<string, Followed>>(new Map());
  useEffect(() => {
    const stop = new AbortController();
    const change = (name: string, of: (now: Followed) => Followed) => {
      if (stop.signal.aborted) return;
      set((now) => new Map(now).set(name, of(now.get(name) ?? { curve: newCurve })));
    };
    const follow = async (name: string) => {
      // What was known stays, so that nothing flickers when another run is added.
      for await (const event of (await backend()).training(name, stop.signal))
        change(name, ({ curve }) => ({ curve: take(curve, event) }));
    };
    for (const name of names) {
      follow(name).catch((error) =>
        change(name, (now) => ({ ...now, error: error instanceof Error ? error.message : String(error) })),
      );
    }
    return () => stop.abort();
  }, [names.join("\n")]);
  return curves;
}

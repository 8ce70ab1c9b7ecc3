// A component whose code is fetched when it is first shown.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { notifyError } from "../state/notices.ts";

interface LazyProps<P> {
  /** The same function for the same component, whenever it is drawn. */
  readonly load: () => Promise<ComponentType<P>>;
  readonly props: P;
}

/** Shows a component once its code has come, and "Loading" before. */
export function Lazy<P extends object>({ load, props }: LazyProps<P>) {
  const [found, set] = useState<{ readonly by: typeof load; readonly component: ComponentType<P> }>();
  useEffect(() => {
    let current = true;
    load().then((component) => current && set({ by: load, component }), notifyError);
    return () => {
      current = false;
    };
  }, [load]);
  if (found?.by !== load) return <p class="waiting">Loading</p>;
  const Component = found.component;
  return <Component {...props} />;
}

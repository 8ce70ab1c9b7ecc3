// The views, each fetched when it is first gone to.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { notifyError } from "./state/notices.ts";
import type { Route, View, ViewProps } from "./state/routes.ts";

type Loaded = { readonly default: ComponentType<ViewProps> };

/** Title and code of each view. */
export const VIEW_ABOUT: Readonly<Record<View, { readonly title: string; load(): Promise<Loaded> }>> = {
  touch: { title: "Touch", load: () => import("./touch/view.tsx") },
  race: { title: "Race", load: () => import("./race/view.tsx") },
  puzzles: { title: "Puzzles", load: () => import("./puzzles/view.tsx") },
  learn: { title: "Learn", load: () => import("./learn/view.tsx") },
  runs: { title: "Runs", load: () => import("./runs/view.tsx") },
};

/** The view of a route, once its code has come. */
export function LazyView({ route: { view, params } }: { readonly route: Route }) {
  const [loaded, setLoaded] = useState<{
    readonly view: View;
    readonly component: ComponentType<ViewProps>;
  }>();
  useEffect(() => {
    let current = true;
    VIEW_ABOUT[view].load().then((module) => {
      if (current) setLoaded({ view, component: module.default });
    }, notifyError);
    return () => {
      current = false;
    };
  }, [view]);
  if (loaded?.view !== view) return <p class="waiting">Loading</p>;
  const Component = loaded.component;
  return <Component params={params} />;
}

// The views, each fetched when it is first gone to.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Route, View } from "./routes.ts";
import { notifyError } from "./state/notices.ts";
import type { ViewProps } from "./view-props.ts";

type Loaded = { readonly default: ComponentType<ViewProps> };

export const VIEW_ABOUT: Readonly<Record<View, { readonly title: string; load(): Promise<Loaded> }>> = {
  touch: { title: "Touch", load: () => import("./touch/view.tsx") },
  race: { title: "Race", load: () => import("./race/view.tsx") },
  puzzles: { title: "Puzzles", load: () => import("./puzzles/view.tsx") },
  learn: { title: "Learn", load: () => import("./learn/view.tsx") },
  runs: { title: "Runs", load: () => import("./runs/view.tsx") },
};

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

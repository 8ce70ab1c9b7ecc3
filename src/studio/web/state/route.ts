// The route that the page shows, kept in step with the address.
import { hashOf, parseHash, type Route, type View } from "./routes.ts";
import { createStore, type Store } from "./store.ts";

/** The current route. */
export const route: Store<Route> = createStore<Route>(parseHash(location.hash));
addEventListener("hashchange", () => route.set(parseHash(location.hash)));

/** Goes to a view. */
export const go = (view: View, params: Route["params"] = {}): void => {
  location.hash = hashOf(view, params);
};

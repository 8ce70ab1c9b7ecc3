// Where in the page one is: "#/race?family=logic&seed=7" is the view "race" with two parameters.

/** The views, in the order of the bar. */
export const VIEWS = ["touch", "race", "puzzles", "learn", "runs"] as const;
/** The name of a view. */
export type View = (typeof VIEWS)[number];

/** A view with its parameters. */
export interface Route {
  readonly view: View;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads a location's hash; what is not known leads to Touch. */
export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const view = VIEWS.find((name) => name === path) ?? "touch";
  return { view, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The hash that `parseHash` reads as this route. */
export function hashOf(view: View, params: Route["params"] = {}): string {
  const query = new URLSearchParams(params).toString();
  return `#/${view}${query && `?${query}`}`;
}

/** What a view is given. */
export interface ViewProps {
  readonly params: Route["params"];
}

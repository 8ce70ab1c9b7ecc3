import type { Route } from "./routes.ts";

/** What a view is given. */
export interface ViewProps {
  readonly params: Route["params"];
}

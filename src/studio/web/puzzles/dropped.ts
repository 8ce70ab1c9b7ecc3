// The puzzles of a file that held many.
import type { StudioTask } from "../../shared/tasks.ts";
import { createStore, type Store } from "../state/store.ts";

/** A file with several puzzles. */
export interface Dropped {
  readonly name: string;
  readonly tasks: readonly StudioTask[];
}

/** The last such file that was opened. */
export const dropped: Store<Dropped | undefined> = createStore<Dropped | undefined>(undefined);

// The puzzles of a file that held many.
import type { StudioTask } from "../../shared/tasks.ts";
import { createStore, type Store } from "../state/store.ts";

export interface Dropped {
  readonly name: string;
  readonly tasks: readonly StudioTask[];
}

export const dropped: Store<Dropped | undefined> = createStore<Dropped | undefined>(undefined);

// The puzzle that all views work on.
import type { Task } from "../../../arc/task.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { FIRST_PUZZLE } from "./first-puzzle.ts";
import { keptStore, type Store } from "./store.ts";

/** A task and one of its test inputs. */
export interface Puzzle {
  readonly task: StudioTask;
  /** Which of the task's test inputs. */
  readonly test: number;
}

const isPuzzle = (json: unknown): json is Puzzle => {
  const { task, test } = (json ?? {}) as Partial<Puzzle>;
  return typeof test === "number" && task?.test?.[test] !== undefined && task.train.length > 0;
};

/** The current puzzle, kept in the tab. */
export const puzzle: Store<Puzzle> = keptStore<Puzzle>(
  { task: FIRST_PUZZLE, test: 0 },
  {
    key: "jigsaw:puzzle",
    where: () => sessionStorage,
    // Written by this page alone, and only after it was checked.
    read: (json) => (isPuzzle(json) ? json : undefined),
  },
);

/** A task of Jigsaw's own as the protocol has it: a copy whose rows may be changed. */
export const studioTask = (task: Task): StudioTask => structuredClone(task) as StudioTask;

/** Makes a task the current puzzle. */
export const openPuzzle = (task: StudioTask, test = 0): void => puzzle.set({ task, test });

/** The test that is asked about. */
export const testOf = ({ task, test }: Puzzle): StudioTask["test"][number] => task.test[test]!;

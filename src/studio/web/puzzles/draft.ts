// The puzzle that is being drawn; kept in the tab.
import type { Task } from "../../../arc/task.ts";
import { keptStore, type Store } from "../state/store.ts";
import { change, type Edit, type Editing, newEditing, redo, undo } from "./editor.ts";

/** The editor's state, kept in the tab. */
export const editing: Store<Editing> = keptStore<Editing>(newEditing(), {
  key: "jigsaw:draft",
  where: () => sessionStorage,
  onLeave: true,
  read: (json) => (json ? newEditing((json as Editing).draft) : undefined),
});

/** Applies a change; `first` begins an undo step. */
export const edit = (what: Edit, first = true): void => editing.set((now) => change(now, what, first));
/** Takes the last change back. */
export const undoEdit = (): void => editing.set(undo);
/** Makes it again. */
export const redoEdit = (): void => editing.set(redo);

/** Puts a copy of a task into the editor. */
export const editCopy = (task: Task): void =>
  edit({ type: "load", task: { ...task, id: `${task.id}-copy`.slice(0, 120) } });

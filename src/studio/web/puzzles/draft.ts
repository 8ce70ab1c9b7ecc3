// The puzzle that is being drawn; kept in the tab.
import type { Task } from "../../../arc/task.ts";
import { keptStore, type Store } from "../state/store.ts";
import { change, type Edit, type Editing, newEditing, redo, undo } from "./editor.ts";

export const editing: Store<Editing> = keptStore<Editing>(newEditing(), {
  key: "jigsaw:draft",
  where: () => sessionStorage,
  onLeave: true,
  read: (json) => (json ? newEditing((json as Editing).draft) : undefined),
});

export const edit = (what: Edit, first = true): void => editing.set((now) => change(now, what, first));
export const undoEdit = (): void => editing.set(undo);
export const redoEdit = (): void => editing.set(redo);

export const editCopy = (task: Task): void =>
  edit({ type: "load", task: { ...task, id: `${task.id}-copy`.slice(0, 120) } });

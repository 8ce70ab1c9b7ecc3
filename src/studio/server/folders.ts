// Folders of tasks that the page can open; files that hold none are passed over.
import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { JigsawError } from "../../core/errors.ts";
import { readTasks } from "../../datasets/index.ts";
import { kagglePartners } from "../../datasets/kaggle.ts";
import { taskSchema } from "../shared/protocol.ts";
import type { StudioTask } from "../shared/tasks.ts";
import { type ListedFile, listFolder } from "./listed-files.ts";

/** A folder of task files that the page can list. */
export interface TaskFolder {
  readonly name: string;
  /** Read anew when files of the folder have changed. */
  tasks(): Promise<ReadonlyMap<string, StudioTask>>;
}

/** Whether the file that would be read along with Kaggle's challenges is a link, which can lead anywhere. */
async function hasLinkedPartner(path: string): Promise<boolean> {
  for (const partner of kagglePartners(path)) {
    const stat = await lstat(partner).catch(() => undefined);
    if (stat?.isSymbolicLink()) return true;
  }
  return false;
}

async function read(folder: string, files: readonly ListedFile[]): Promise<Map<string, StudioTask>> {
  const tasks = new Map<string, StudioTask>();
  let refused: JigsawError | undefined;
  for (const { path } of files) {
    if (await hasLinkedPartner(path)) continue;
    try {
      for (const task of await readTasks([path])) {
        // Larger tasks than the studio takes are left out.
        const { success, data } = taskSchema.safeParse(task);
        if (success && !tasks.has(data.id)) tasks.set(data.id, data);
      }
    } catch (error) {
      if (!(error instanceof JigsawError)) throw error;
      refused ??= error;
    }
  }
  if (tasks.size > 0) return tasks;
  throw refused ?? new JigsawError("not-found", `${folder}: no task files in this folder`);
}

/** Opens one folder; nothing is read before `tasks` is called. */
export function openTaskFolder(name: string, folder: string): TaskFolder {
  let [stamp, tasks]: [string?, Promise<Map<string, StudioTask>>?] = [];
  return {
    name,
    async tasks() {
      const files = (await listFolder(folder)).filter(
        (file) => !file.isFolder && /\.jsonl?(\.gz)?$/.test(file.name),
      );
      const now = JSON.stringify(files);
      if (now !== stamp || !tasks) [stamp, tasks] = [now, read(name, files)];
      return await tasks;
    },
  };
}

/** Opens folders by the last part of their paths, told apart by numbers. */
export function openTaskFolders(folders: readonly string[]): Map<string, TaskFolder> {
  const opened = new Map<string, TaskFolder>();
  for (const folder of folders) {
    const plain = basename(folder) || "tasks";
    let name = plain;
    for (let i = 2; opened.has(name); i++) name = `${plain}-${i}`;
    opened.set(name, openTaskFolder(name, folder));
  }
  return opened;
}

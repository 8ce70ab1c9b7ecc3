// One writer a folder: a lock file that names the process that writes. Node only.
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "./atomic.ts";

/** The name of the lock file. It is hidden, so that no reader of a run's folder takes it for one of its files. */
export const FOLDER_LOCK = ".jigsaw.lock";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When it took the lock, ISO 8601. */
  readonly started: string;
}

/** Milliseconds after which a lock that names nobody was left by a crash: writing one takes far less. */
const UNREADABLE_FOR = 60_000;

/** The locks that this process holds or is about to take. */
const held = new Set<string>();

function readOwner(text: string): Owner | undefined {
  try {
    const { pid, host, started } = JSON.parse(text);
    return Number.isInteger(pid) && typeof host === "string"
      ? { pid, host, started: String(started) }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether nobody holds a lock any more. Of another host's processes nothing is known: their locks stay. */
async function isStale(path: string, owner: Owner | undefined): Promise<boolean> {
  if (!owner) return Date.now() - (await stat(path)).mtimeMs > UNREADABLE_FOR;
  if (owner.host !== hostname()) return false;
  // A lock with this process's id that this process does not hold is of an earlier process with the same id.
  return owner.pid === process.pid || !isRunning(owner.pid);
}

/** Creates the lock file; false where there is one already. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Removes a stale lock, unless it was replaced in the meantime. One process at a time may do so, the one that creates the
 * guard beside it: else a process that found the stale lock could remove the lock of the one that took it over.
 */
async function removeStale(path: string, stale: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await create(guard, ""))) {
    // Of a process that was killed within these few lines.
    if (await isStale(guard, undefined)) await rm(guard, { force: true });
    await sleep(10);
    return false;
  }
  try {
    if ((await readFile(path, "utf8")) !== stale) return false;
    await rm(path);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

function busy(folder: string, path: string, owner: Owner | undefined): JigsawError {
  const by = owner ? `process ${owner.pid} on ${owner.host}, since ${owner.started}` : "another process";
  return new JigsawError(
    "busy",
    `${folder} is being written by ${by}`,
    `Wait for it to end, or name another folder. Where that process is gone, remove ${path} and try again.`,
  );
}

/** Takes the lock file once there is none, or only a stale one. */
async function acquire(
  folder: string,
  path: string,
  text: string,
  log: (line: string) => void,
): Promise<void> {
  while (!(await create(path, text))) {
    try {
      const found = await readFile(path, "utf8");
      const owner = readOwner(found);
      if (!(await isStale(path, owner))) throw busy(folder, path, owner);
      if (!(await removeStale(path, found))) continue;
      log(
        `${folder}: taking over the lock of ${owner ? `process ${owner.pid}` : "a process"}, which has ended.`,
      );
    } catch (error) {
      // Released, or taken over by another process, since it was found.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/**
 * Locks a folder for writing, and makes it where it is not there. `await using` (or disposing of what is returned)
 * releases it. The lock of a process on this host that has ended is taken over.
 * @param log takes a line for the user where a lock is taken over
 * @throws JigsawError "busy" where another process (or this one) holds the lock, "io" where it cannot be written
 */
export async function lockFolder(folder: string, log: (line: string) => void): Promise<AsyncDisposable> {
  const path = join(resolve(folder), FOLDER_LOCK);
  const owner: Owner = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
  const text = `${JSON.stringify(owner)}\n`;
  if (held.has(path)) throw busy(folder, path, owner);
  held.add(path);
  try {
    await mkdir(folder, { recursive: true });
    await acquire(folder, path, text, log);
  } catch (error) {
    held.delete(path);
    throw ioError(error, `cannot write ${path}`);
  }
  return {
    async [Symbol.asyncDispose]() {
      // Not where someone has removed it by hand and another process has taken it.
      if ((await readFile(path, "utf8").catch(() => undefined)) === text) await rm(path, { force: true });
      held.delete(path);
    },
  };
}

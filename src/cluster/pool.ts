// Solvers in child processes: a task that takes its process down takes nothing else with it, and this process stays free.
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { hostname } from "node:os";
import { pathToFileURL } from "node:url";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { connect } from "../core/rpc.ts";
import type { Answer } from "../evaluate/outcome.ts";
import type { FailedTask } from "../evaluate/run-jobs.ts";
import type { TaskSolution } from "../solve/solution.ts";
import type { SolverSetup } from "./pool-child.ts";

/** How often a task is tried, each time in a fresh process, before it counts as failed. */
export const TRIES = 3;

export interface Pool {
  /**
   * Solves a task in a process of its own for that time; the process stays for later tasks of the same setup. As many
   * run at once as calls are waiting.
   */
  solve(setup: SolverSetup, task: Task, signal: AbortSignal): Promise<Answer | FailedTask>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly tries?: number;
  /** The module that a child runs: it calls `serveTasks`. */
  readonly entry?: URL;
}

/** A process with a solver in it. */
interface Child {
  readonly setup: string;
  /** Rejects with a JigsawError, with the signal's reason, or with any other error where the process died or failed. */
  solve(task: Task, signal: AbortSignal): Promise<Answer>;
  end(): Promise<void>;
}

const fromSource = import.meta.url.endsWith(".ts");
const SOLVER = new URL(`./solver-child.${fromSource ? "ts" : "js"}`, import.meta.url);

/** From source (in tests) the child is TypeScript, for which tsx has to be there first. */
const loader = (): string[] => [
  "--import",
  pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href,
];

const how = (code: number | null, by: NodeJS.Signals | null): string =>
  by ? `was ended by ${by}` : `ended with code ${code}`;

/** Starts a process, which opens a solver before its first task. */
function start(entry: URL, setup: SolverSetup): Child {
  const child: ChildProcess = fork(entry, {
    execArgv: fromSource ? loader() : process.execArgv,
    // Its output goes to standard error, like warnings.
    stdio: ["ignore", process.stderr.fd, process.stderr.fd, "ipc"],
  });
  const client = connect({
    // An error of the channel is followed by the process's end.
    post: (message) => child.send(message as object, () => {}),
    onMessage: (listener) => child.on("message", listener),
  });
  const exited = new Promise<void>((resolve) => {
    const gone = (error: Error) => {
      client.close(error);
      resolve();
    };
    child.on("error", gone);
    child.once("exit", (code, by) => gone(new Error(`the solver's process ${how(code, by)}`)));
  });
  let device: string | undefined;
  return {
    setup: JSON.stringify(setup),
    async solve(task, signal) {
      device ??= await client.call<string>("open", setup, { signal });
      const solution = await client.call<TaskSolution>("solve", task, { signal });
      return { ...solution, host: hostname(), device };
    },
    async end() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Opens a pool of processes; they are started as they are needed. */
export function openPool({ tries = TRIES, entry = SOLVER }: PoolOptions = {}): Pool {
  const idle: Child[] = [];
  const running = new Set<Child>();
  let closed = false;

  /** An idle process of that setup, or a fresh one, for which an idle one of another setup makes room. */
  function acquire(setup: SolverSetup): Child {
    const key = JSON.stringify(setup);
    const at = idle.findIndex((child) => child.setup === key);
    if (at >= 0) return idle.splice(at, 1)[0]!;
    void idle.pop()?.end();
    return start(entry, setup);
  }

  /** One try. A process that failed is not used again. */
  async function solveOnce(setup: SolverSetup, task: Task, signal: AbortSignal): Promise<Answer> {
    const child = acquire(setup);
    running.add(child);
    try {
      const answer = await child.solve(task, signal);
      idle.push(child);
      return answer;
    } catch (error) {
      await child.end();
      throw error;
    } finally {
      running.delete(child);
    }
  }

  return {
    async solve(setup, task, signal) {
      for (let tried = 1; ; tried++) {
        signal.throwIfAborted();
        try {
          return await solveOnce(setup, task, signal);
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          if (closed) throw new Error("the solvers were closed");
          if (error instanceof JigsawError) throw error;
          if (tried === tries) return { task: task.id, failed: (error as Error).message };
        }
      }
    },
    async close() {
      closed = true;
      await Promise.all([...idle, ...running].map((child) => child.end()));
    },
  };
}

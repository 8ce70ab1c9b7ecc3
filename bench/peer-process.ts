// A side of a benchmark in a process of its own: a line to it, a line of JSON back.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Between turns, for the other side's threads to stop waiting actively for work. */
const PAUSE_MS = 300;
export const pause = () => sleep(PAUSE_MS);

/** Peak resident memory of this process, in bytes; Linux only. */
export const peakMemory = (): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;

export type Side = ReturnType<typeof openSide>;

function openSide(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => {});
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  /** The next line that it says. */
  const answer = async (): Promise<unknown> => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`${command} ${args.join(" ")} ended; see its message above`);
    return JSON.parse(value);
  };
  return {
    answer,
    ask(line: string): Promise<unknown> {
      child.stdin.write(`${line}\n`);
      return answer();
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs a script with the Python of $PYTHON. */
export const openPython = (script: URL, args: readonly string[]): Side =>
  openSide(process.env.PYTHON ?? "python3", [fileURLToPath(script), ...args]);

/** Runs a script of TypeScript. */
export const openScript = (script: URL, args: readonly string[]): Side =>
  openSide(process.execPath, ["--import", "tsx", fileURLToPath(script), ...args]);

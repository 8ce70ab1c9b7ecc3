// A peer in a process of its own: a line to it, a line of JSON back.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Between turns, for the other side's threads to stop waiting actively for work. */
const PAUSE_MS = 300;
export const pause = () => sleep(PAUSE_MS);

/** Runs a script beside this file with the Python of $PYTHON. */
export function openPython(script: string, args: readonly string[]) {
  const python = process.env.PYTHON ?? "python3";
  const child = spawn(python, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const started = new Promise((_, reject) => child.once("error", reject));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    /** The next line that it says. */
    async answer(): Promise<unknown> {
      const { value, done } = (await Promise.race([lines.next(), started])) as IteratorResult<string>;
      if (done) throw new Error(`${python} ${script} ended; see its message above`);
      return JSON.parse(value);
    },
    tell: (line: string) => void child.stdin.write(`${line}\n`),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

// Runs the command line from source in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts `jigsaw` with arguments; tsx is found from the package's folder, paths in `argv` must be absolute.
 * @param stdout a file to print to
 */
export function startJigsaw(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdout: "pipe" | number = "pipe",
) {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", MAIN, ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout, "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  /** Resolves when standard output holds `text`, or when the process has ended. */
  const prints = (text: string): Promise<unknown> =>
    Promise.race([
      ended,
      new Promise<void>((resolve) => {
        child.stdout!.on("data", () => output.stdout.includes(text) && resolve());
      }),
    ]);
  return { child, ended, prints };
}

export const jigsaw = (argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  startJigsaw(argv, env).ended;

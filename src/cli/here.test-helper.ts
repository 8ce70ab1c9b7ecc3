// Runs the command line in this process and catches what it prints.
import { vi } from "vitest";
import { runCli } from "./run.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runHere(...argv: string[]): Promise<Printed> {
  const printed = { out: "", err: "" };
  const into = (name: "out" | "err") => (text: unknown) => {
    printed[name] += text;
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(into("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(into("err")),
    vi.spyOn(console, "log").mockImplementation((text) => void into("out")(`${text}\n`)),
  ];
  try {
    return { code: await runCli(argv), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

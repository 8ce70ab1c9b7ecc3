// What verbs share: exit codes, warnings, and how work that takes long is interrupted.
import { JigsawError } from "../core/errors.ts";

/** Exit codes of the command. */
export const EXIT = { done: 0, failed: 1, refused: 2, interrupted: 130 } as const;

export const warn = (message: string): void => {
  process.stderr.write(`warning: ${message}\n`);
};

/** Ctrl-C, a polite kill, and a terminal that is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const OUTPUTS = ["stdout", "stderr"] as const;

export interface Interruption {
  /** The error that the work is aborted with: how far it is, and how to go on. */
  readonly reason?: () => JigsawError;
  /** Called at the first signal, for work that takes a while to stop. */
  readonly onSignal?: () => void;
}

/**
 * Runs work with an AbortSignal, which is set by SIGINT, SIGTERM or SIGHUP, and where standard output or error can no
 * longer be written (the reader has gone, the disk is full). The work finishes its step or pass, saves, closes what it
 * has open, and throws the signal's reason, for exit code 130. A second signal ends the process at once. Ending it by
 * `process.exit` instead would abort it in ONNX Runtime's code.
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { reason = () => new JigsawError("interrupted", "stopped"), onSignal = () => {} }: Interruption = {},
): Promise<T> {
  const controller = new AbortController();
  const ignoreSignals = () => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  const interrupt = () => {
    // From here on a signal has its usual effect.
    ignoreSignals();
    if (controller.signal.aborted) return;
    onSignal();
    controller.abort(reason());
  };
  const lose = (error: NodeJS.ErrnoException) => {
    const { message, hint } = reason();
    const lost = error.code === "EPIPE" ? "nobody reads the output" : error.message;
    controller.abort(new JigsawError("interrupted", `${message}: ${lost}`, hint));
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  for (const name of OUTPUTS) process[name].on("error", lose);
  try {
    return await work(controller.signal);
  } catch (error) {
    const { aborted, reason: told } = controller.signal;
    throw aborted && error instanceof JigsawError && error.code === "interrupted" ? told : error;
  } finally {
    ignoreSignals();
    for (const name of OUTPUTS) process[name].off("error", lose);
  }
}

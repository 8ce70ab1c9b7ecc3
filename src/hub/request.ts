/** Requests and files whose failures are JigsawErrors: what could not be reached or written, and what to do. */
import { JigsawError } from "../core/errors.ts";

export const interrupted = (): JigsawError => new JigsawError("interrupted", "stopped");

/** The innermost reason that a failed request gives. */
function reason(error: unknown): string {
  const { cause, message, code } = error as Error & { code?: string };
  if (cause instanceof AggregateError && cause.errors.length) return reason(cause.errors[0]);
  if (cause instanceof Error) return reason(cause);
  return message || code || String(error);
}

export const networkError = (what: string, error: unknown): JigsawError =>
  new JigsawError("network", `${what}: ${reason(error)}`, "Check the connection, and try again.");

/** `fetch`, whose failures name the host. Answers of any status are returned. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw interrupted();
    throw networkError(`cannot reach ${new URL(url).host}`, error);
  }
}

/** A failure of the file system as a JigsawError, `what` saying what was tried; other errors stay what they are. */
export function diskError(error: unknown, what: string, hint?: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof JigsawError || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return error;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new JigsawError(
    "io",
    `${what}: ${full ? "the disk is full" : message}`,
    full ? "Make room, and run the same command again: it goes on where it stopped." : hint,
  );
}

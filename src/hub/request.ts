/** Requests whose failures are JigsawErrors: what could not be reached, and what to do. */
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

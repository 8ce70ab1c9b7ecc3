// Errors as answers: a status, and what the command line would have printed, as JSON.
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type ErrorCode, JigsawError } from "../../core/errors.ts";

/** The client has closed the connection (nginx's number for it). */
const GONE = 499 as ContentfulStatusCode;

const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  "bad-option": 400,
  "bad-task": 400,
  "bad-checkpoint": 400,
  "bad-shape": 400,
  "too-long": 400,
  "not-found": 404,
  unsupported: 400,
  io: 500,
  network: 502,
  denied: 403,
  busy: 429,
  interrupted: GONE,
};

/** A refusal with a status of its own. */
export const refusal = (
  status: ContentfulStatusCode,
  ...parts: ConstructorParameters<typeof JigsawError>
): JigsawError & { readonly status: ContentfulStatusCode } =>
  Object.assign(new JigsawError(...parts), { status });

/** What is asked for in a way that its address does not know. */
export function wrongMethod(c: Context, known: readonly string[]): JigsawError {
  c.header("Allow", known.join(", "));
  return refusal(405, "unsupported", `${c.req.method} is not done at this address`);
}

/** The answer to a request that failed; what is nobody's request is said without details. */
export function refuse(c: Context, error: unknown, report: (error: unknown) => void): Response {
  // Nobody is there any more to be told of what was broken off.
  if (c.req.raw.signal.aborted) return c.body(null, GONE);
  if (!(error instanceof JigsawError)) {
    report(error);
    return c.json({ code: "internal", message: "the studio failed at this; its terminal says more" }, 500);
  }
  const { code, message, hint } = error;
  const status = "status" in error ? (error.status as ContentfulStatusCode) : STATUS[code];
  if (status === 429) c.header("Retry-After", "2");
  return c.json({ code, message, ...(hint !== undefined && { hint }) }, status);
}

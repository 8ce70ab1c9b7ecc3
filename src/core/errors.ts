/** Machine-readable reasons for a refused request; stable across releases. */
export type ErrorCode =
  | "bad-option"
  | "bad-task"
  | "bad-checkpoint"
  | "bad-shape"
  | "too-long"
  | "not-found"
  | "unsupported"
  | "io"
  | "network"
  | "denied"
  | "busy"
  | "interrupted";

/**
 * An error that the user can act on: what was wrong, where, and what to do.
 * The command line prints it in one or two lines and exits with 2.
 */
export class JigsawError extends Error {
  override readonly name = "JigsawError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** What to do about it, as a sentence. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** An error in parts, as it travels between threads, processes and machines. */
export interface Failure {
  readonly message: string;
  readonly code?: ErrorCode | undefined;
  readonly hint?: string | undefined;
}

export const failureOf = (error: unknown): Failure =>
  error instanceof JigsawError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { message: String((error as Error).message ?? error) };

/** An error again, of the kind that it was. */
export const revive = ({ code, message, hint }: Failure): Error =>
  code ? new JigsawError(code, message, hint) : new Error(message);

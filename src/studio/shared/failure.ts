// The last event of a decoding that ended otherwise than it should.
import { JigsawError } from "../../core/errors.ts";
import type { DecodeEvent } from "./protocol.ts";

/** @param signal what the decoding was to be stopped by */
export function failure(error: unknown, signal?: AbortSignal): DecodeEvent & { type: "error" } {
  if (signal?.aborted) return { type: "error", code: "interrupted", message: "stopped" };
  if (error instanceof JigsawError) {
    const { code, message, hint } = error;
    return { type: "error", code, message, ...(hint !== undefined && { hint }) };
  }
  const [message = "unknown"] = String((error as Error)?.message ?? error).split("\n");
  return { type: "error", code: "internal", message };
}

// Reads the body of a request: JSON, of bounded size and depth.
import type { Context } from "hono";
import { JigsawError } from "../../core/errors.ts";
import { refusal } from "./reply.ts";

/** Twice what the largest task takes when it is written with spaces. */
export const MOST_BYTES = 256 * 2 ** 10;
/** A task is five deep. */
const MOST_DEPTH = 16;

const tooLarge = () =>
  refusal(413, "too-long", `the request is larger than ${MOST_BYTES} bytes`, "Send one task at a time.");

/** All bytes of a body, whatever it says of its length. */
async function readBytes(c: Context): Promise<Uint8Array> {
  if (Number(c.req.header("content-length") ?? 0) > MOST_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  try {
    for await (const part of c.req.raw.body ?? []) {
      length += part.length;
      if (length > MOST_BYTES) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof JigsawError ? error : refusal(400, "bad-option", "the request was cut off");
  }
  return Buffer.concat(parts);
}

/** How deep lists and objects are nested in a JSON text; brackets in strings count for nothing. */
export function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

/**
 * The parsed body of a request.
 * @throws JigsawError (status 400, 413 or 415) for a body that is too large, too deep, no UTF-8 or no JSON
 */
export async function readJsonBody(c: Context): Promise<unknown> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw refusal(415, "unsupported", "the request is not application/json", "Set its Content-Type.");
  }
  const bad = (why: string) => refusal(400, "bad-option", `the request ${why}`);
  const bytes = await readBytes(c);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw bad("is not UTF-8 text");
  }
  if (depthOf(text) > MOST_DEPTH) throw bad(`is nested more than ${MOST_DEPTH} deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw bad("is not JSON");
  }
}

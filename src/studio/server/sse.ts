// Server-sent events: a comment now and then keeps the connection, and what waits for a slow reader waits where it is.
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ServerEvent } from "./jobs.ts";

const STILL_HERE_MS = 15_000;

/** The number of the last event that a client has seen; -1 for none. */
export function lastSeen(c: Context): number {
  const id = Number(c.req.header("last-event-id") ?? Number.NaN);
  return Number.isInteger(id) && id >= 0 ? id : -1;
}

/** @param events ends when its signal is aborted: the client has left */
export const sendEvents = (
  c: Context,
  events: (signal: AbortSignal) => AsyncIterable<Pick<ServerEvent, "data"> & Partial<ServerEvent>>,
): Response => {
  // The body would wait for a reader that never comes.
  if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
  return streamSSE(c, async (stream) => {
    const left = new AbortController();
    stream.onAbort(() => left.abort());
    const beat = setInterval(() => stream.write(": still here\n\n"), STILL_HERE_MS);
    try {
      for await (const { id, data } of events(left.signal)) {
        await stream.writeSSE({ data, ...(id !== undefined && { id: String(id) }) });
        if (left.signal.aborted) return;
        beat.refresh();
      }
    } finally {
      clearInterval(beat);
    }
  });
};

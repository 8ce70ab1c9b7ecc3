// Starts decodings and hears what becomes of them.
import type { DecodeEvent, DecodeRequest } from "../../shared/protocol.ts";
import { backend } from "../state/backend.ts";
import { takeResumed } from "./resume.ts";

type Tell = (event: DecodeEvent) => void;
type Events = (signal: AbortSignal) => Promise<AsyncIterable<DecodeEvent>>;

/** A page that is left or loaded anew breaks off its requests, and hears of that: no failure, the next page goes on. */
let leaving = false;
addEventListener("beforeunload", () => {
  leaving = true;
});
addEventListener("pageshow", () => {
  leaving = false;
});

/** What keeps a decoding from even beginning: a backend that cannot be loaded. */
const failure = (error: unknown): DecodeEvent => ({
  type: "error",
  code: "internal",
  message: error instanceof Error ? error.message : String(error),
});

/** Tells every event until the last; gives the function that stops it. */
function hear(events: Events, tell: Tell): () => void {
  const stop = new AbortController();
  const listen = async () => {
    for await (const event of await events(stop.signal)) {
      if (stop.signal.aborted || (leaving && event.type === "error")) return;
      tell(event);
    }
  };
  listen().catch((error) => {
    if (!stop.signal.aborted) tell(failure(error));
  });
  return () => stop.abort();
}

export const start = (request: DecodeRequest, tell: Tell): (() => void) =>
  hear(async (signal) => (await backend()).decode(request, signal), tell);

/** Follows what began before the page was loaded anew, from its first event; decodes again where that is lost. */
export const resume = (request: DecodeRequest, tell: Tell): (() => void) =>
  hear(async (signal) => {
    const resumed = await takeResumed(request);
    return resumed ? resumed.follow(signal) : (await backend()).decode(request, signal);
  }, tell);

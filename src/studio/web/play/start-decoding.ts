// Starts decodings, takes up those that outlived a reload, and passes their events on.
import type { DecodeEvent, DecodeRequest, Resumed } from "../../shared/protocol.ts";
import { backend } from "../state/backend.ts";

type OnEvent = (event: DecodeEvent) => void;
type Events = (signal: AbortSignal) => Promise<AsyncIterable<DecodeEvent>>;

/** A page that is left or loaded anew breaks off its own requests: their errors are no failures, the next page takes them up. */
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

/** Calls back with every event until the last; returns the function that stops it. */
function listen(events: Events, onEvent: OnEvent): () => void {
  const stop = new AbortController();
  const run = async () => {
    for await (const event of await events(stop.signal)) {
      if (stop.signal.aborted || (leaving && event.type === "error")) return;
      onEvent(event);
    }
  };
  run().catch((error) => {
    if (!stop.signal.aborted) onEvent(failure(error));
  });
  return () => stop.abort();
}

/** Starts a decoding; returns the function that stops it. */
export const start = (request: DecodeRequest, onEvent: OnEvent): (() => void) =>
  listen(async (signal) => (await backend()).decode(request, signal), onEvent);

/** Decodings that outlived a reload of the page and were not taken yet. */
let found: Promise<Resumed[]> | undefined;

/** Takes the one that answers this request, if there is one. */
async function takeResumed(request: DecodeRequest): Promise<Resumed | undefined> {
  found ??= backend().then((one) => [...one.resume()]);
  const left = await found;
  const wanted = JSON.stringify(request);
  const at = left.findIndex((one) => JSON.stringify(one.request) === wanted);
  return at < 0 ? undefined : left.splice(at, 1)[0];
}

/** Follows what began before the page was loaded anew, from its first event; decodes again where that is lost. */
export const resume = (request: DecodeRequest, onEvent: OnEvent): (() => void) =>
  listen(async (signal) => {
    const resumed = await takeResumed(request);
    return resumed ? resumed.follow(signal) : (await backend()).decode(request, signal);
  }, onEvent);

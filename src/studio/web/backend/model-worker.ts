// The worker in which the page's models run, one decoding after another. local.ts calls it (see core/rpc.ts).
import { type CallContext, serve } from "../../../core/rpc.ts";
import { answerInspection, planDecoding, runDecoding } from "../../shared/handlers.ts";
import { type ModelCache, openModelCache } from "../../shared/model-cache.ts";
import type { DecodeEvent, DecodeRequest, InspectRequest } from "../../shared/protocol.ts";
import { modelOpener, type Setting } from "./model-loader.ts";

/** The part of a worker's global scope that is used. */
const scope = globalThis as unknown as {
  onmessage: (event: { data: unknown }) => void;
  postMessage(message: unknown): void;
};

/** Models that stay open in a page. */
const MOST_OPEN = 4;

let cache: ModelCache;
let models: readonly string[] = [];

/** Decodings that wait or run, in their order. */
const line = new Set<CallContext>();
let last: Promise<void> = Promise.resolve();

const { port1, port2 } = new MessageChannel();
/** Lets messages in: a pass on the CPU blocks this thread, and promises settle before messages are delivered. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });

/** Sends each decoding that waits the number of those before it. */
function emitPlaces(): void {
  for (const [before, { emit }] of [...line].entries())
    if (before > 0) emit({ type: "queued", before } satisfies DecodeEvent);
}

async function run(request: DecodeRequest, { signal, emit }: CallContext): Promise<void> {
  signal.throwIfAborted();
  for await (const event of runDecoding(planDecoding(request, models), cache, signal)) {
    emit(event);
    // After the last event the next decoding starts before the page can ask for more.
    if (event.type !== "done") await breathe();
  }
}

function decode(request: DecodeRequest, context: CallContext): Promise<void> {
  const leave = () => {
    line.delete(context);
    emitPlaces();
  };
  line.add(context);
  emitPlaces();
  context.signal.addEventListener("abort", () => {
    const [running] = line;
    if (context !== running) leave();
  });
  const running = last.then(() => run(request, context)).finally(leave);
  last = running.catch(() => {});
  return running;
}

serve(
  {
    post: (message) => scope.postMessage(message),
    onMessage(listener) {
      scope.onmessage = ({ data }) => listener(data);
    },
  },
  {
    begin(setting: Setting) {
      models = setting.models;
      cache = openModelCache(modelOpener(setting), MOST_OPEN);
    },
    decode,
    inspect: (request: InspectRequest, { signal }) => answerInspection(request, models, cache, signal),
  },
);

// The worker in which the page's models run: requests in, events out, one decoding after another.
import { failureOf, JigsawError } from "../../../core/errors.ts";
import { answerInspection, planDecoding, runDecoding } from "../../shared/decoding.ts";
import { failure } from "../../shared/failure.ts";
import type { DecodeEvent, DecodeRequest, InspectRequest } from "../../shared/protocol.ts";
import { openShelf, type Shelf } from "../../shared/shelf.ts";
import type { FromWorker, Setting, ToWorker } from "./messages.ts";
import { modelOpener } from "./models.ts";

/** What is used of a worker's scope. */
const scope = globalThis as unknown as {
  onmessage: (event: { data: ToWorker }) => void;
  postMessage(message: FromWorker): void;
};

/** Models that stay open in a page. */
const MOST_OPEN = 4;

let shelf: Shelf;
let models: readonly string[] = [];

function begin(setting: Setting): void {
  models = setting.models;
  shelf = openShelf(modelOpener(setting), MOST_OPEN);
}

/** Decodings that wait or run, by the page's numbers, in their order. */
const line = new Map<number, AbortController>();
let last: Promise<void> = Promise.resolve();

const { port1, port2 } = new MessageChannel();
/** Lets messages in: a pass on the CPU takes this thread, and what follows it comes before any message. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });

async function run(request: DecodeRequest, signal: AbortSignal, tell: (event: DecodeEvent) => void) {
  try {
    signal.throwIfAborted();
    for await (const event of runDecoding(planDecoding(request, models), shelf, signal)) {
      tell(event);
      // What is over makes room for the next before the page can ask for more.
      if (event.type !== "done") await breathe();
    }
  } catch (error) {
    tell(failure(error, signal));
  }
}

function decode(id: number, request: DecodeRequest): void {
  const stop = new AbortController();
  const tell = (event: DecodeEvent) => scope.postMessage({ id, event });
  line.set(id, stop);
  tellPlaces();
  last = last.then(async () => {
    // Stopped while it waited, it has told so.
    if (line.has(id)) await run(request, stop.signal, tell);
    line.delete(id);
    tellPlaces();
  });
}

/** Tells those that wait how many come before them. */
function tellPlaces(): void {
  for (const [before, id] of [...line.keys()].entries())
    if (before > 0) scope.postMessage({ id, event: { type: "queued", before } });
}

function stop(id: number): void {
  const stopping = line.get(id);
  if (!stopping) return;
  stopping.abort(new JigsawError("interrupted", "stopped"));
  if (id === line.keys().next().value) return;
  line.delete(id);
  scope.postMessage({ id, event: failure(undefined, stopping.signal) });
  tellPlaces();
}

async function inspect(id: number, request: InspectRequest): Promise<void> {
  try {
    scope.postMessage({ id, value: await answerInspection(request, models, shelf) });
  } catch (error) {
    scope.postMessage({ id, error: failureOf(error) });
  }
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "begin":
      return begin(data.setting);
    case "decode":
      return decode(data.id, data.request);
    case "inspect":
      return void inspect(data.id, data.request);
    case "stop":
      return stop(data.id);
  }
};

/** The static site's backend: its worker runs in this thread, with models on the engine for Node. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readTasks } from "../../../datasets/index.ts";
import { OPEN } from "../../../decode/frames.ts";
import type { Engine } from "../../../engine/engine.ts";
import { openEngine } from "../../../engine/node/open.ts";
import { loadModel } from "../../../load.ts";
import { examples } from "../../server/studio.test-helper.ts";
import type { Backend, DecodeEvent } from "../../shared/protocol.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { localBackend } from "./local.ts";

const MODEL = "jigsaw-tiny";

let engine: Engine;
let backend: Backend;
let task: StudioTask;
/** How many workers were started. */
let started = 0;
/** Makes the next worker fail to start. */
let broken = false;

vi.mock("./model-loader.ts", () => ({
  modelOpener: () => async (name: string) => (await loadModel(name, { engine })).model,
}));

/** A page's worker, its scope being this thread's. */
class FakeWorker {
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: (event: { message?: string }) => void = () => {};
  readonly #ready: Promise<unknown>;
  constructor() {
    started++;
    if (broken) {
      this.#ready = new Promise(() => {});
      setTimeout(() => this.onerror({ message: "no such script" }));
      return;
    }
    vi.stubGlobal("postMessage", (data: unknown) => {
      const copy = structuredClone(data);
      setImmediate(() => this.onmessage({ data: copy }));
    });
    this.#ready = import("./model-worker.ts");
  }
  postMessage(message: unknown) {
    const data = structuredClone(message);
    const scope = globalThis as unknown as { onmessage: FakeWorker["onmessage"] };
    this.#ready.then(() => setImmediate(() => scope.onmessage({ data })));
  }
  terminate() {}
}

beforeAll(async () => {
  engine = await openEngine({ device: "cpu", threads: 1, worker: true });
  [task] = (await readTasks([examples])) as [StudioTask];
  const site = { format: "", versions: {}, models: [{ name: MODEL }], folders: { examples: [task] } };
  vi.stubGlobal("fetch", async () => Response.json(site));
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("navigator", {});
  backend = await localBackend("http://127.0.0.1/");
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await engine.close();
});

async function all(events: AsyncIterable<DecodeEvent>): Promise<DecodeEvent[]> {
  const found: DecodeEvent[] = [];
  for await (const event of events) if (event.type !== "loading") found.push(event);
  return found;
}
const typesOf = (events: readonly DecodeEvent[]) => events.map(({ type }) => type);
const request = (decoder: string) => ({ task, decoder, model: MODEL });
const decode = (decoder: string, signal?: AbortSignal) => backend.decode(request(decoder), signal);

it("starts its worker anew where it could not start", async () => {
  broken = true;
  const failed = { type: "error", code: "internal", message: "the page's worker failed: no such script" };
  expect(await all(decode("steps"))).toEqual([failed]);
  broken = false;
  expect(typesOf(await all(decode("steps:steps=1")))).toEqual(["frame", "done"]);
  expect(started).toBe(2);
});

it("ends a decoding with done, and one that is refused with an error", async () => {
  expect(typesOf(await all(decode("steps:steps=3")))).toEqual(["frame", "frame", "frame", "done"]);
  expect(await all(decode("nothing"))).toEqual([
    expect.objectContaining({ type: "error", code: "bad-option", hint: expect.stringContaining("steps") }),
  ]);
  const stopped = { type: "error", code: "interrupted", message: "stopped" };
  expect(await all(decode("steps", AbortSignal.abort()))).toEqual([stopped]);
});

it("decodes one after the other, those that wait hearing their place; one that is stopped makes room", async () => {
  const stop = new AbortController();
  const first = all(decode("adaptive"));
  const second = all(decode("steps:steps=2", stop.signal));
  const third = all(decode("steps:steps=1"));
  await sleep(20);
  stop.abort();
  expect((await second).at(-1)).toEqual({ type: "error", code: "interrupted", message: "stopped" });
  expect((await first).at(-1)!.type).toBe("done");
  const heard = await third;
  expect(heard.slice(0, 2)).toEqual([
    { type: "queued", before: 2 },
    { type: "queued", before: 1 },
  ]);
  expect(typesOf(heard).slice(-2)).toEqual(["frame", "done"]);
});

it("stops the decoder when no more events are asked for", async () => {
  for await (const event of decode("adaptive")) if (event.type === "frame") break;
  expect((await all(decode("steps:steps=1"))).at(-1)!.type).toBe("done");
});

it("inspects a canvas, and refuses what does not fit", async () => {
  const canvas = { shape: [2, 2], slots: [OPEN, OPEN, OPEN, OPEN], locked: [] };
  const asked = { task, model: MODEL, canvas };
  const shares = await backend.inspect(asked);
  expect(shares).toHaveLength(4);
  await expect(backend.inspect({ ...asked, model: "none" })).rejects.toMatchObject({
    name: "JigsawError",
    code: "not-found",
  });
  const stopped = backend.inspect(asked, AbortSignal.abort(new Error("enough")));
  await expect(stopped).rejects.toThrow("enough");
});

/** The page's side of the server: events to their end over connections that break, stopping, and finding again. */
import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTasks } from "../datasets/index.ts";
import { examples, type Running, startStudio } from "./server/studio.test-helper.ts";
import type { Backend, DecodeEvent } from "./shared/protocol.ts";
import type { StudioTask } from "./shared/tasks.ts";
import { parseEvents } from "./web/backend/events.ts";
import { httpBackend, type TabStorage } from "./web/backend/http.ts";

let running: Running;
let task: StudioTask;
beforeAll(async () => {
  running = await startStudio();
  [task] = (await readTasks([examples])) as [StudioTask];
});
afterAll(() => running.close());

/** A tab's storage. */
function tab(): TabStorage {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

const open = (storage = tab(), url = running.url): Backend => httpBackend(url, storage);

async function all(events: AsyncIterable<DecodeEvent>): Promise<DecodeEvent[]> {
  const found: DecodeEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const frames = (events: readonly DecodeEvent[]) => events.filter(({ type }) => type === "frame");

describe("events", () => {
  it("are read from text that comes in any pieces", async () => {
    const text =
      'retry: 5\nid: 1\ndata: {"a":\ndata: 1}\n\n: nobody\n\ndata:x\nid: 2\n\nevent: no\n\ndata: é: :\n\ndata: cut';
    const wanted = [{ id: "1", data: '{"a":\n1}' }, { id: "2", data: "x" }, { data: "é: :" }];
    for (const size of [1, 2, 3, 7, 1000]) {
      const pieces = async function* () {
        for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
      };
      const found = [];
      for await (const event of parseEvents(pieces())) found.push(event);
      expect(found).toEqual(wanted);
    }
  });
});

describe("a backend over HTTP", () => {
  it("gives what the studio has", async () => {
    const backend = open();
    expect((await backend.about()).kind).toBe("server");
    const [first] = await backend.tasks("examples");
    expect(await backend.task("examples", first!.id)).toEqual(task);
    expect(await backend.runs()).toEqual([]);
    expect(backend.reportUrl("a b/c")).toBe(`${running.url}api/runs/a%20b%2Fc/report`);
  });

  it("throws what is refused, as the studio says it", async () => {
    const backend = open();
    await expect(backend.task("examples", "nothing")).rejects.toMatchObject({
      name: "JigsawError",
      code: "not-found",
      message: 'no task "nothing" in this folder',
    });
    const training = backend.training("nothing");
    await expect(training.next()).rejects.toMatchObject({ code: "not-found" });
    const gone = open(tab(), "http://127.0.0.1:1/");
    await expect(gone.about()).rejects.toMatchObject({ code: "network" });
  });

  it("ends a decoding with done, and one that is refused with an error", async () => {
    const backend = open();
    const events = await all(backend.decode({ task, decoder: "steps:steps=3" }));
    expect(frames(events)).toHaveLength(3);
    expect(events.at(-1)!.type).toBe("done");
    expect(await all(backend.decode({ task, decoder: "nothing" }))).toEqual([
      expect.objectContaining({ type: "error", code: "bad-option", hint: expect.stringContaining("steps") }),
    ]);
  });

  it("stops a decoding by its signal, and by asking for no more", async () => {
    const backend = open();
    const stop = new AbortController();
    const events: DecodeEvent[] = [];
    for await (const event of backend.decode({ task, decoder: "backspace" }, stop.signal)) {
      events.push(event);
      if (frames(events).length === 2) stop.abort();
    }
    expect(events.at(-1)).toEqual({ type: "error", code: "interrupted", message: "stopped" });
    for await (const _ of backend.decode({ task, decoder: "backspace" })) break;
    // Both have been taken off the studio's hands.
    for (let i = 0; i < 100 && running.studio.jobs.counts().running > 0; i++) await sleep(20);
    expect(running.studio.jobs.counts()).toMatchObject({ running: 0, waiting: 0 });
    expect(await all(backend.decode({ task, decoder: "steps" }, AbortSignal.abort()))).toMatchObject([
      { type: "error", code: "interrupted" },
    ]);
  });

  it("finds decodings again in the same tab, all their events, once", async () => {
    const storage = tab();
    const request = { task, decoder: "steps:steps=20" };
    const before = open(storage).decode(request);
    // The page is left here: nothing ends this generator.
    const first = (await before.next()).value;
    const [found, ...others] = open(storage).resume();
    expect(others).toEqual([]);
    expect(found!.request).toEqual(request);
    const events = await all(found!.follow());
    expect(events[0]).toEqual(first);
    expect(events.at(-1)!.type).toBe("done");
    expect(open(storage).resume()).toEqual([]);
    expect(open().resume()).toEqual([]);
  });

  it("notes nothing where a tab keeps nothing", async () => {
    const full: TabStorage = {
      getItem: () => "no list",
      setItem() {
        throw new Error("there is no room");
      },
    };
    expect((await all(open(full).decode({ task, decoder: "steps:steps=2" }))).at(-1)!.type).toBe("done");
    expect(open(full).resume()).toEqual([]);
  });
});

describe("over connections that break", () => {
  let proxy: Server;
  /** Bytes that a connection lasts, one after the other. */
  let lasts: number[] = [];
  let connections = 0;
  beforeAll(async () => {
    proxy = createServer((near) => {
      connections++;
      let left = lasts.shift() ?? Number.POSITIVE_INFINITY;
      const far = connect(running.port, "127.0.0.1");
      near.pipe(far);
      far.on("data", (part) => {
        near.write(part.subarray(0, left));
        left -= part.length;
        if (left <= 0) near.destroy();
      });
      far.on("close", () => near.destroy());
      near.on("close", () => far.destroy());
      for (const end of [near, far]) end.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => proxy.close(resolve)));

  it("every event still comes once, in order", async () => {
    const { port } = proxy.address() as { port: number };
    const through = open(tab(), `http://127.0.0.1:${port}/`);
    const wanted = await all(open().decode({ task, decoder: "steps:steps=12" }));
    const { job } = (await (
      await fetch(`${running.url}api/decode`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ task, decoder: "steps:steps=12" }),
      })
    ).json()) as { job: string };
    lasts = [900, 1500, 50, 4000, 700];
    const [before] = [connections];
    const storage = tab();
    storage.setItem("jigsaw-studio-decodings", JSON.stringify([{ job, request: {} }]));
    const [found] = httpBackend(`http://127.0.0.1:${port}/`, storage).resume();
    const events = await all(found!.follow());
    expect(connections - before).toBeGreaterThan(4);
    const slots = (list: readonly DecodeEvent[]) =>
      list.map((event) => (event.type === "frame" ? event.frame.slots : event.type));
    expect(slots(events)).toEqual(slots(wanted));
    expect((await through.about()).kind).toBe("server");
  });
});

/** The queue: order, places, limits, what is replayed, and that nothing is kept for ever. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { JigsawError } from "../../core/errors.ts";
import type { DecodeEvent } from "../shared/protocol.ts";
import { JOB_LIMITS, type JobLimits, type Jobs, openJobs } from "./jobs.ts";

const loading = (what: string): DecodeEvent => ({ type: "loading", what, loaded: 0, total: 0 });
const done: DecodeEvent = {
  type: "done",
  candidates: [],
  ledger: { prompts: 0, passes: 0, positions: 0, pairs: 0, promptMs: 0, decodeMs: 0 },
};

/** Work that emits given events, until it is ended. */
function puppet() {
  const events: DecodeEvent[] = [];
  let wake = () => {};
  let [over, failed, started, ended]: [boolean, unknown, boolean, boolean] = [false, undefined, false, false];
  const act = (change: () => void) => {
    change();
    wake();
  };
  return {
    emit: (event: DecodeEvent) => act(() => events.push(event)),
    finish: () => act(() => (over = true)),
    fail: (error: unknown) => act(() => (failed = error)),
    get started() {
      return started;
    },
    get ended() {
      return ended;
    },
    async *work(signal: AbortSignal): AsyncGenerator<DecodeEvent> {
      started = true;
      signal.addEventListener("abort", () => wake());
      try {
        for (;;) {
          signal.throwIfAborted();
          if (failed) throw failed;
          const event = events.shift();
          if (event) yield event;
          else if (over) {
            yield done;
            return;
          } else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        ended = true;
      }
    },
  };
}

let jobs: Jobs;
const open = (limits: Partial<JobLimits> = {}, report?: (error: unknown) => void): Jobs => {
  jobs = openJobs({ ...JOB_LIMITS, ...limits }, report);
  return jobs;
};
afterEach(async () => {
  vi.useRealTimers();
  await jobs.close();
});

/** All that a job tells to its end. */
async function eventsOf(id: string, after?: number): Promise<(DecodeEvent & { id: number })[]> {
  const all: (DecodeEvent & { id: number })[] = [];
  for await (const { id: number, data } of jobs.follow(id, after))
    all.push({ ...JSON.parse(data), id: number });
  return all;
}

describe("a job", () => {
  it("is told from the first event to the last, as often as it is asked for", async () => {
    open();
    const one = puppet();
    const id = jobs.submit(one.work);
    const live = eventsOf(id);
    one.emit(loading("a"));
    one.emit(loading("b"));
    await sleep(1);
    const late = eventsOf(id);
    one.finish();
    const wanted = [loading("a"), loading("b"), done].map((event, number) => ({ ...event, id: number }));
    expect(await live).toEqual(wanted);
    expect(await late).toEqual(wanted);
    expect(await eventsOf(id)).toEqual(wanted);
    expect(await eventsOf(id, 0)).toEqual(wanted.slice(1));
    expect(await eventsOf(id, 2)).toEqual([]);
    expect(await eventsOf(id, 99)).toEqual([]);
    expect(await eventsOf("another")).toEqual([]);
  });

  it("goes on where a listener left off", async () => {
    open();
    const one = puppet();
    const id = jobs.submit(one.work);
    one.emit(loading("a"));
    for await (const { id: number } of jobs.follow(id)) {
      expect(number).toBe(0);
      break;
    }
    one.emit(loading("b"));
    one.finish();
    expect((await eventsOf(id, 0)).map(({ id: number }) => number)).toEqual([1, 2]);
  });

  it("ends with what went wrong; what is nobody's request is reported", async () => {
    const report = vi.fn();
    open({ running: 2 }, report);
    const [refused, broken] = [puppet(), puppet()];
    const [a, b] = [jobs.submit(refused.work), jobs.submit(broken.work)];
    refused.fail(new JigsawError("too-long", "much too long", "Crop it."));
    const bug = new TypeError("x is undefined\n  at somewhere");
    broken.fail(bug);
    expect(await eventsOf(a)).toEqual([
      { id: 0, type: "error", code: "too-long", message: "much too long", hint: "Crop it." },
    ]);
    expect(await eventsOf(b)).toEqual([
      { id: 0, type: "error", code: "internal", message: "x is undefined" },
    ]);
    expect(report.mock.calls).toEqual([[bug]]);
  });

  it("stops hearing when its listener's signal says so", async () => {
    open();
    const one = puppet();
    const id = jobs.submit(one.work);
    const left = new AbortController();
    const following = jobs.follow(id, -1, left.signal);
    const next = following.next();
    left.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    one.finish();
  });
});

describe("the line", () => {
  it("runs as many as may run, the others in the order in which they came, who hear of their places", async () => {
    open({ running: 2 });
    const puppets = Array.from({ length: 5 }, puppet);
    const ids = puppets.map(({ work }) => jobs.submit(work));
    await sleep(1);
    expect(puppets.map(({ started }) => started)).toEqual([true, true, false, false, false]);
    expect(jobs.counts()).toMatchObject({ running: 2, waiting: 3 });
    puppets[1]!.finish();
    await eventsOf(ids[1]!);
    await sleep(1);
    expect(puppets.map(({ started }) => started)).toEqual([true, true, true, false, false]);
    for (const one of puppets) one.finish();
    const places = async (i: number) =>
      (await eventsOf(ids[i]!)).flatMap((event) => (event.type === "queued" ? [event.before] : []));
    expect(await places(0)).toEqual([]);
    expect(await places(2)).toEqual([2]);
    expect((await places(3)).slice(0, 2)).toEqual([3, 2]);
    const last = await places(4);
    expect(last[0]).toBe(4);
    expect(last).toEqual(last.toSorted((a, b) => b - a));
    expect(new Set(last).size).toBe(last.length);
  });

  it("refuses more than may wait, and takes them again when there is room", async () => {
    open({ waiting: 2 });
    const puppets = Array.from({ length: 3 }, puppet);
    const ids = puppets.map(({ work }) => jobs.submit(work));
    expect(() => jobs.submit(puppet().work)).toThrow(expect.objectContaining({ code: "busy" }));
    expect(jobs.counts()).toMatchObject({ running: 1, waiting: 2, kept: 0 });
    puppets[0]!.finish();
    await eventsOf(ids[0]!);
    await sleep(1);
    jobs.submit(puppet().work);
    expect(jobs.counts()).toMatchObject({ running: 1, waiting: 2, kept: 1 });
  });

  it("takes none where none may wait, but for what can run", () => {
    open({ waiting: 0 });
    jobs.submit(puppet().work);
    expect(() => jobs.submit(puppet().work)).toThrow("waiting already");
  });
});

describe("cancelling", () => {
  it("stops one that runs, and lets the next begin", async () => {
    open();
    const [one, two] = [puppet(), puppet()];
    const [a, b] = [jobs.submit(one.work), jobs.submit(two.work)];
    one.emit(loading("a"));
    await sleep(1);
    expect(jobs.cancel(a)).toBe(true);
    expect((await eventsOf(a)).at(-1)).toMatchObject({ type: "error", code: "interrupted" });
    expect(one.ended).toBe(true);
    await sleep(1);
    expect(two.started).toBe(true);
    two.finish();
    expect((await eventsOf(b)).at(-1)).toMatchObject({ type: "done" });
  });

  it("takes one out of the line, which never begins", async () => {
    open();
    const [one, two, three] = [puppet(), puppet(), puppet()];
    const ids = [one, two, three].map(({ work }) => jobs.submit(work));
    jobs.cancel(ids[1]!);
    expect((await eventsOf(ids[1]!)).at(-1)).toMatchObject({ type: "error", code: "interrupted" });
    one.finish();
    three.finish();
    expect((await eventsOf(ids[2]!)).at(-1)).toMatchObject({ type: "done" });
    expect(two.started).toBe(false);
    const before = (await eventsOf(ids[2]!)).flatMap((event) =>
      event.type === "queued" ? [event.before] : [],
    );
    expect(before).toEqual([2, 1]);
  });

  it("changes nothing of one that has ended, and knows no others", async () => {
    open();
    const one = puppet();
    const id = jobs.submit(one.work);
    one.finish();
    const all = await eventsOf(id);
    expect(jobs.cancel(id)).toBe(true);
    expect(await eventsOf(id)).toEqual(all);
    expect(jobs.cancel("another")).toBe(false);
  });

  it("comes by itself to those whom nobody hears", async () => {
    open({ abandonedMs: 40 });
    const [heard, unheard] = [puppet(), puppet()];
    const [a, b] = [jobs.submit(heard.work), jobs.submit(unheard.work)];
    const listening = eventsOf(a);
    await sleep(120);
    expect((await eventsOf(b)).at(-1)).toMatchObject({ code: "interrupted" });
    heard.finish();
    expect((await listening).at(-1)).toMatchObject({ type: "done" });
  });

  it("waits for a listener that comes back", async () => {
    open({ abandonedMs: 60 });
    const one = puppet();
    const id = jobs.submit(one.work);
    for (let i = 0; i < 4; i++) {
      const left = new AbortController();
      const next = jobs.follow(id, -1, left.signal).next();
      await sleep(40);
      left.abort();
      await next;
      await sleep(10);
    }
    one.finish();
    expect((await eventsOf(id)).at(-1)).toMatchObject({ type: "done" });
  });
});

describe("memory", () => {
  it("ends a job that tells too much", async () => {
    open({ jobBytes: 1000 });
    const one = puppet();
    const id = jobs.submit(one.work);
    for (let i = 0; i < 100; i++) one.emit(loading("x".repeat(100)));
    const all = await eventsOf(id);
    expect(all.length).toBeLessThan(12);
    expect(all.at(-1)).toMatchObject({ type: "error", code: "too-long" });
    expect(one.ended).toBe(true);
  });

  it("keeps the last of those that have ended, by number and by bytes", async () => {
    open({ keptJobs: 3, keptBytes: 2500 });
    const run = async (bytes: number) => {
      const one = puppet();
      const id = jobs.submit(one.work);
      one.emit(loading("x".repeat(bytes)));
      one.finish();
      await eventsOf(id);
      return id;
    };
    const small: string[] = [];
    for (let i = 0; i < 5; i++) small.push(await run(10));
    expect(small.map((id) => jobs.has(id))).toEqual([false, false, true, true, true]);
    const large = [await run(1500), await run(1500)];
    expect(large.map((id) => jobs.has(id))).toEqual([false, true]);
    expect(jobs.counts().bytes).toBeLessThan(2500);
  });

  it("forgets what has ended after a while", async () => {
    open({ keptMs: 30 });
    const one = puppet();
    const id = jobs.submit(one.work);
    one.finish();
    await eventsOf(id);
    expect(jobs.has(id)).toBe(true);
    await sleep(60);
    expect(jobs.has(id)).toBe(false);
  });

  it("is given back when all is closed", async () => {
    open();
    const puppets = Array.from({ length: 3 }, puppet);
    for (const { work } of puppets) jobs.submit(work);
    await sleep(1);
    await jobs.close();
    expect(puppets.map(({ started, ended }) => [started, ended])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    expect(jobs.counts()).toEqual({ running: 0, waiting: 0, kept: 0, bytes: 0 });
  });
});

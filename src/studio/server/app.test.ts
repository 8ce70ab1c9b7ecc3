/** Every address of the studio, over real HTTP, with the shipped models: answers, and refusals. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTasks } from "../../datasets/index.ts";
import { decoders } from "../../decode/decoders/index.ts";
import type { DecodeOptions, Decoder } from "../../decode/define.ts";
import type { Frame, Template } from "../../decode/frames.ts";
import { OPEN } from "../../decode/frames.ts";
import { infill } from "../../decode/infill.ts";
import { inspect } from "../../decode/inspect.ts";
import { promptOf } from "../../decode/puzzle-prompt.ts";
import type { DecodeEvent, DecodeRequest } from "../shared/protocol.ts";
import type { StudioTask } from "../shared/tasks.ts";
import { JOB_LIMITS } from "./jobs.ts";
import { MOST_BYTES } from "./json-body.ts";
import { eventsAt, examples, type Running, startStudio } from "./studio.test-helper.ts";

let running: Running;
let task: StudioTask;
beforeAll(async () => {
  running = await startStudio();
  const tasks = await readTasks([examples]);
  task = tasks.find(({ id }) => id.startsWith("logic")) as StudioTask;
});
afterAll(() => running.close());

const at = (path: string) => running.url + path;
const json = { "Content-Type": "application/json" };
const post = (path: string, body: unknown, init: RequestInit = {}) =>
  fetch(at(path), {
    method: "POST",
    headers: json,
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
const submit = async (request: DecodeRequest): Promise<string> => {
  const response = await post("api/decode", request);
  expect(response.status).toBe(202);
  return ((await response.json()) as { job: string }).job;
};
const eventsOf = async (job: string, headers: HeadersInit = {}): Promise<DecodeEvent[]> =>
  (await eventsAt(at(`api/jobs/${job}/events`), { headers })).map(({ data }) => JSON.parse(data));
const framesOf = (events: readonly DecodeEvent[]): Frame[] =>
  events.flatMap((event) => (event.type === "frame" ? [event.frame] : []));

/** What the decoder gives when it is called. */
async function direct(name: string, options: DecodeOptions, template?: Template) {
  const decoder: Decoder = decoders[name as keyof typeof decoders];
  const model = await running.load(decoder.model);
  const open = promptOf(model, task, 0, "rules");
  const decoding = decoder.decode(model, template ? infill(open, template) : open, options);
  const frames: Frame[] = [];
  for await (const frame of decoding) frames.push(frame);
  const candidates = await decoding.candidates;
  await model.close();
  return { frames, grids: candidates.map(({ answer }) => answer) };
}

/** Expects an error's answer: its status, and JSON that tells what was wrong, without a stack. */
async function expectRefusal(response: Response, status: number, code: string, message = ""): Promise<void> {
  const text = await response.text();
  expect(`${response.status} ${text}`).toContain(`${status} {`);
  const error = JSON.parse(text);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(Object.keys(error).every((key) => ["code", "message", "hint"].includes(key))).toBe(true);
  expect(text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
}

describe("what there is", () => {
  it("is told: models, decoders, folders", async () => {
    const response = await fetch(at("api/about"));
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({
      kind: "server",
      device: "cpu",
      models: expect.arrayContaining([
        expect.objectContaining({
          name: "jigsaw-tiny",
          objectives: ["masked-diffusion"],
          weights: 1_210_368,
        }),
      ]),
      decoders: expect.arrayContaining([
        expect.objectContaining({ name: "steps", infills: true, needs: ["masked-diffusion"] }),
        expect.objectContaining({ name: "greedy", infills: false, family: "typewriter" }),
      ]),
      folders: ["examples"],
      runs: false,
    });
  });

  it("is listed by folder and read by id", async () => {
    const listed = (await (await fetch(at("api/folders/examples/tasks"))).json()) as { id: string }[];
    expect(listed.map(({ id }) => id)).toContain(task.id);
    expect(listed.find(({ id }) => id === task.id)).toMatchObject({ rows: 5, columns: 6, demonstrations: 3 });
    expect(await (await fetch(at(`api/folders/examples/tasks/${task.id}`))).json()).toEqual(task);
  });

  it("has no runs where there is no folder of them", async () => {
    expect(await (await fetch(at("api/runs"))).json()).toEqual([]);
    await expectRefusal(await fetch(at("api/runs/mine/training")), 404, "not-found");
  });
});

describe("a decoding", () => {
  it.each([
    ["steps:steps=4", "steps", { steps: 4 }],
    ["greedy", "greedy", {}],
    ["tree", "tree", {}],
  ])("by %s ends with the cells that the decoder itself gives", async (word, name, options) => {
    const events = await eventsOf(await submit({ task, decoder: word, size: "rules" }));
    const wanted = await direct(name, options);
    expect(framesOf(events).map(({ slots }) => slots)).toEqual(wanted.frames.map(({ slots }) => slots));
    const last = events.at(-1);
    expect(last?.type === "done" && last.candidates.map(({ grid }) => grid)).toEqual(wanted.grids);
    expect(events.filter(({ type }) => type === "done" || type === "error")).toHaveLength(1);
  });

  it("goes on from a canvas as the decoder itself does", async () => {
    const whole = (await direct("adaptive", {})).frames.at(-1)!;
    const slots = whole.slots.map((id, cell) => (cell < 6 ? (cell === 1 ? 9 - id : id) : OPEN));
    const template = { shape: whole.shape, slots, locked: [0, 1] };
    const events = await eventsOf(await submit({ task, decoder: "adaptive", template }));
    const wanted = await direct("adaptive", {}, template);
    expect(framesOf(events).at(-1)!.slots).toEqual(wanted.frames.at(-1)!.slots);
    expect(framesOf(events).at(-1)!.slots[1]).toBe(slots[1]);
    expect(framesOf(events).at(-1)!.slots).not.toEqual(whole.slots);
  });

  it("is told again from the start, or from the last event that was seen", async () => {
    const job = await submit({ task, decoder: "steps:steps=4" });
    const all = await eventsOf(job);
    expect(await eventsOf(job)).toEqual(all);
    expect(await eventsOf(job, { "Last-Event-ID": "1" })).toEqual(all.slice(2));
    expect(await eventsOf(job, { "Last-Event-ID": "nonsense" })).toEqual(all);
  });

  it("outlives those who listen, and is heard by several", async () => {
    const job = await submit({ task, decoder: "steps:steps=30" });
    const url = at(`api/jobs/${job}/events`);
    expect(await eventsAt(url, { enough: () => true })).toHaveLength(1);
    const [a, b] = await Promise.all([eventsOf(job), eventsOf(job)]);
    expect(a.at(-1)!.type).toBe("done");
    expect(b).toEqual(a);
  });

  it("is stopped when that is asked for", async () => {
    // Far more passes than are waited for.
    const job = await submit({ task, decoder: "backspace:budget=2" });
    const other = await submit({ task, decoder: "steps" });
    expect((await fetch(at(`api/jobs/${other}`), { method: "DELETE" })).status).toBe(204);
    expect((await fetch(at(`api/jobs/${job}`), { method: "DELETE" })).status).toBe(204);
    expect((await eventsOf(job)).at(-1)).toMatchObject({ type: "error", code: "interrupted" });
    expect((await eventsOf(other)).at(-1)).toMatchObject({ type: "error", code: "interrupted" });
    expect((await fetch(at(`api/jobs/${job}`), { method: "DELETE" })).status).toBe(204);
  });

  it("ends with an error where the model was not trained for it, or does not go on", async () => {
    const wrong = await eventsOf(await submit({ task, decoder: "steps", model: "typewriter-tiny" }));
    expect(wrong.at(-1)).toMatchObject({ type: "error", code: "unsupported" });
    const template = { shape: [1, 1], slots: [OPEN], locked: [] };
    const typed = await eventsOf(await submit({ task, decoder: "greedy", template }));
    expect(typed.at(-1)).toMatchObject({
      type: "error",
      code: "unsupported",
      hint: expect.stringContaining("adaptive"),
    });
  });
});

describe("an inspection", () => {
  it("gives what the model says of each cell", async () => {
    const canvas = { shape: [2, 2], slots: [1, OPEN, OPEN, 4], locked: [] };
    const response = await post("api/inspect", { task, model: "jigsaw-adapted", canvas });
    const model = await running.load("jigsaw-adapted");
    const wanted = await inspect(model, promptOf(model, task), canvas);
    await model.close();
    expect(await response.json()).toEqual(wanted);
    const typed = await post("api/inspect", { task, model: "typewriter-tiny", canvas });
    expect(((await typed.json()) as unknown[]).map((colours) => colours === null)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("what is refused", () => {
  const grid = (rows: number, columns: number) =>
    Array.from({ length: rows }, () => new Array<number>(columns).fill(1));
  const pair = { input: grid(2, 2), output: grid(2, 2) };
  const good = { id: "good", train: [pair], test: [pair] };
  const canvas = { shape: [1, 2], slots: [1, OPEN], locked: [] };

  it.each([
    ["no object", [], "the request"],
    ["no task", { decoder: "steps" }, "task"],
    ["a task without demonstrations", { task: { ...good, train: [] }, decoder: "steps" }, "task.train"],
    [
      "too many demonstrations",
      { task: { ...good, train: new Array(13).fill(pair) }, decoder: "steps" },
      "task.train",
    ],
    [
      "a grid that is too large",
      { task: { ...good, test: [{ input: grid(31, 2) }] }, decoder: "steps" },
      "task.test.0.input",
    ],
    [
      "rows of different lengths",
      { task: { ...good, test: [{ input: [[1, 2], [3]] }] }, decoder: "steps" },
      "must have rows of one length",
    ],
    [
      "a colour that is none",
      { task: { ...good, test: [{ input: [[10]] }] }, decoder: "steps" },
      "input.0.0",
    ],
    ["half a colour", { task: { ...good, test: [{ input: [[0.5]] }] }, decoder: "steps" }, "input.0.0"],
    ["a test input that is not there", { task: good, decoder: "steps", test: 1 }, "test: task good has 1"],
    ["a negative test input", { task: good, decoder: "steps", test: -1 }, "test"],
    ["a decoder in a file", { task: good, decoder: "./mine.js" }, 'unknown decoder "./mine.js"'],
    ["an unknown decoder", { task: good, decoder: "fly" }, 'unknown decoder "fly"'],
    ["a decoder of the prototype's", { task: good, decoder: "constructor" }, "unknown decoder"],
    ["an unknown option", { task: good, decoder: "steps:wings=2" }, 'unknown option "wings"'],
    ["an option out of range", { task: good, decoder: "steps:steps=0" }, "must be"],
    ["more rounds than are waited for", { task: good, decoder: "steps:steps=1000000000" }, "at most 1000"],
    ["a model within the decoder", { task: good, decoder: "steps@../../etc" }, "names a model"],
    [
      "a canvas of another size",
      { task: good, decoder: "steps", template: { ...canvas, shape: [2, 2] } },
      "template",
    ],
    [
      "a lock on an open cell",
      { task: good, decoder: "steps", template: { ...canvas, locked: [1] } },
      "template",
    ],
    ["an unknown size", { task: good, decoder: "steps", size: "huge" }, "size"],
    ["a decoder that is no text", { task: good, decoder: { toString: 1 } }, "decoder"],
    ["a very long decoder", { task: good, decoder: "s".repeat(1000) }, "decoder"],
  ])("by name: %s", async (_, request, message) => {
    await expectRefusal(await post("api/decode", request), 400, "bad-option", message);
  });

  it.each(["../models/jigsaw-tiny", "/etc", "nobody", "__proto__"])("the model %s", async (model) => {
    await expectRefusal(await post("api/decode", { task: good, decoder: "steps", model }), 404, "not-found");
    const request = { task: good, model, canvas };
    await expectRefusal(await post("api/inspect", request), 404, "not-found", "no model");
  });

  it.each([
    ["what is no JSON", "{", "is not JSON"],
    ["nothing", "", "is not JSON"],
    ["what is nested too deep", `${"[".repeat(40)}${"]".repeat(40)}`, "nested more than 16 deep"],
    ["what never closes", "[".repeat(200_000), "nested more than 16 deep"],
  ])("a body with %s", async (_, body, message) => {
    await expectRefusal(await post("api/decode", body), 400, "bad-option", message);
  });

  it("a body that is no UTF-8", async () => {
    const body = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
    await expectRefusal(await post("api/decode", "", { body }), 400, "bad-option", "is not UTF-8");
  });

  it("brackets in texts are no depth", async () => {
    const request = { task: { ...good, id: '[[[[[[[[[[[[[[[[[[[[\\"[{' }, decoder: "steps:steps=1" };
    expect((await post("api/decode", request)).status).toBe(202);
  });

  it("another type of content", async () => {
    for (const type of ["text/plain", "application/jsonx", "multipart/form-data", ""]) {
      const response = await post("api/decode", "{}", { headers: { "Content-Type": type } });
      await expectRefusal(response, 415, "unsupported", "application/json");
    }
  });

  it("a body that is too large, whether it says so or not", async () => {
    const body = `{"x":"${"x".repeat(MOST_BYTES)}"}`;
    await expectRefusal(await post("api/decode", body), 413, "too-long");
    const chunked = (bytes: number) =>
      new Promise<number>((resolve, reject) => {
        const sending = httpRequest(at("api/decode"), { method: "POST", headers: json }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        });
        sending.on("error", reject);
        sending.setNoDelay();
        for (let sent = 0; sent < bytes; sent += 10_000) sending.write("x".repeat(10_000));
        sending.end();
      });
    expect(await chunked(MOST_BYTES + 20_000)).toBe(413);
    expect(await chunked(10_000)).toBe(400);
  });

  it("a method that the address does not know, and says which it knows", async () => {
    for (const [path, method, allow] of [
      ["api/decode", "GET", "POST"],
      ["api/decode", "PUT", "POST"],
      ["api/about", "POST", "GET, HEAD"],
      ["api/jobs/1", "GET", "DELETE"],
      ["api/jobs/1/events", "DELETE", "GET, HEAD"],
    ]) {
      const response = await fetch(at(path!), { method: method!, headers: json });
      expect(response.headers.get("allow")).toBe(allow);
      await expectRefusal(response, 405, "unsupported");
    }
  });

  it.each([
    "api",
    "api/",
    "api/nothing",
    "api/folders/nobody/tasks",
    "api/folders/examples/tasks/nothing",
    "api/folders/examples/tasks/..%2F..%2Fpackage.json",
    "api/folders/..%2F/tasks",
    "api/folders/%2e%2e%2fmodels/tasks",
    "api/folders/__proto__/tasks",
    "api/jobs/00000000-0000-0000-0000-000000000000/events",
    "api/jobs/%00/events",
    "api/runs/..%2f..%2fetc/report",
    "api/%ff%fe",
    "..%2f..%2fpackage.json",
    "assets/%2e%2e/%2e%2e/package.json",
  ])("what is not there: %s", async (path) => {
    await expectRefusal(await fetch(at(path)), 404, "not-found");
  });

  it("paths that climb, sent as they are", async () => {
    for (const path of [
      "/../../../etc/passwd",
      "/api/../../etc/passwd",
      "/..\\..\\etc\\passwd",
      "//etc/passwd",
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /);
      expect(answer).not.toContain("root:");
    }
  });
});

/** Sends bytes as they are; gives all that comes back until the connection ends. */
function raw(text: string, port = running.port): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8");
    socket.on("data", (part) => (answer += part));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

describe("who may ask", () => {
  const withHeaders = (headers: Record<string, string>, method = "GET", path = "api/about") =>
    new Promise<number>((resolve, reject) => {
      const sending = httpRequest(at(path), { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      sending.on("error", reject);
      sending.end();
    });

  it("names this machine by its own names alone", async () => {
    for (const host of ["localhost", "localhost:1", "127.0.0.1:4747", "[::1]:80", "127.8.9.1"])
      expect([host, await withHeaders({ Host: host })]).toEqual([host, 200]);
    for (const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "192.168.0.7",
      "0.0.0.0",
    ])
      expect([host, await withHeaders({ Host: host })]).toEqual([host, 403]);
  });

  it("changes nothing from another page", async () => {
    const path = "api/jobs/1";
    const host = `127.0.0.1:${running.port}`;
    for (const origin of [
      "http://evil.example",
      "null",
      `http://127.0.0.1:1`,
      "http://localhost",
      "nonsense",
    ])
      expect([origin, await withHeaders({ Origin: origin }, "DELETE", path)]).toEqual([origin, 403]);
    expect(await withHeaders({ Origin: `http://${host}` }, "DELETE", path)).toBe(404);
    expect(await withHeaders({}, "DELETE", path)).toBe(404);
  });

  it("needs the token where the studio listens to others", async () => {
    const token = "a-token-of-this-test";
    const guarded = await startStudio({ token });
    try {
      const get = (path: string, headers: HeadersInit = {}) =>
        fetch(guarded.url + path, { headers, redirect: "manual" });
      await expectRefusal(await get("api/about"), 401, "denied", "needs its token");
      await expectRefusal(await get(""), 401, "denied");
      await expectRefusal(await get("?token=wrong"), 401, "denied");
      await expectRefusal(await get(`api/about?token=${token}`), 401, "denied");
      await expectRefusal(await get("api/about", { Authorization: "Bearer wrong" }), 401, "denied");
      expect((await get("api/about", { Authorization: `Bearer ${token}` })).status).toBe(200);
      const entered = await get(`?token=${token}`);
      expect(entered.status).toBe(200);
      expect(await entered.text()).not.toContain(token);
      const cookie = entered.headers.get("set-cookie")!;
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Strict/);
      expect((await get("api/about", { Cookie: cookie.split(";")[0]! })).status).toBe(200);
      expect((await get("api/about", { Cookie: `${cookie.split("=")[0]}=wrong` })).status).toBe(401);
      // Whatever others call this machine.
      const answer = await raw(
        `GET /api/about HTTP/1.1\r\nHost: box.lan\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
        guarded.port,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    } finally {
      await guarded.close();
    }
  });
});

describe("what goes wrong in the studio itself", () => {
  it("is told without details, and reported", async () => {
    const bug = new TypeError("x is not a function");
    const cache = { acquire: () => Promise.reject(bug), close: async () => {} };
    const broken = await startStudio({ cache });
    try {
      const canvas = { shape: [1, 1], slots: [1], locked: [] };
      const body = JSON.stringify({ task, model: "jigsaw-tiny", canvas });
      const response = await fetch(`${broken.url}api/inspect`, { method: "POST", headers: json, body });
      await expectRefusal(response, 500, "internal", "its terminal says more");
      expect(broken.reported).toEqual([bug]);
    } finally {
      await broken.close();
    }
  });
});

describe("too much at once", () => {
  it("is refused while many wait, and taken again afterwards", async () => {
    const busy = await startStudio({ limits: { ...JOB_LIMITS, waiting: 3 } });
    try {
      const send = () =>
        fetch(`${busy.url}api/decode`, {
          method: "POST",
          headers: json,
          body: JSON.stringify({ task, decoder: "steps" }),
        });
      const responses = await Promise.all(Array.from({ length: 12 }, send));
      const refused = responses.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(4);
      expect(refused[0]!.headers.get("retry-after")).toBeTruthy();
      await expectRefusal(refused[0]!, 429, "busy", "waiting already");
      const taken = responses.filter(({ status }) => status === 202);
      const ids = await Promise.all(taken.map(async (r) => ((await r.json()) as { job: string }).job));
      const places: number[][] = [];
      for (const id of ids) {
        const events = await eventsAt(`${busy.url}api/jobs/${id}/events`);
        const parsed: DecodeEvent[] = events.map(({ data }) => JSON.parse(data));
        expect(parsed.at(-1)!.type).toBe("done");
        places.push(parsed.flatMap((event) => (event.type === "queued" ? [event.before] : [])));
      }
      expect(places.some((before) => before[0] === 3)).toBe(true);
      expect((await send()).status).toBe(202);
    } finally {
      await busy.close();
    }
  });
});

describe("slow clients", () => {
  it("are not waited for without end", async () => {
    const brisk = await startStudio({ headersMs: 300, requestMs: 600, silentMs: 1500 });
    try {
      const began = Date.now();
      const [headers, body, nothing] = await Promise.all([
        raw("GET /api/about HTTP/1.1\r\nHost: localhost\r\n", brisk.port),
        raw(
          "POST /api/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
          brisk.port,
        ),
        raw("", brisk.port),
      ]);
      expect(Date.now() - began).toBeLessThan(5000);
      expect(headers).toMatch(/^HTTP\/1\.1 408 /);
      expect(body).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
      expect(nothing).toMatch(/^(HTTP\/1\.1 408 |$)/);
      expect((await fetch(`${brisk.url}api/about`)).status).toBe(200);
    } finally {
      await brisk.close();
    }
  });

  it("that leave a stream unread are let go, and leave nobody listening", async () => {
    const job = await submit({ task, decoder: "steps:steps=2" });
    const head = await fetch(at(`api/jobs/${job}/events`), { method: "HEAD" });
    expect(head.headers.get("content-type")).toBe("text/event-stream");
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(running.port, "127.0.0.1", () =>
        socket.write(`GET /api/jobs/${job}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`),
      );
      socket.pause();
      socket.on("error", () => {});
      return socket;
    });
    await sleep(200);
    for (const socket of sockets) socket.destroy();
    expect((await eventsOf(job)).at(-1)!.type).toBe("done");
  });
});

describe("the end", () => {
  it("reported nothing that was nobody's request", () => {
    expect(running.reported).toEqual([]);
  });

  it("comes at once, whatever goes on", async () => {
    const ending = await startStudio();
    const response = await fetch(`${ending.url}api/decode`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ task, decoder: "backspace" }),
    });
    const { job } = (await response.json()) as { job: string };
    const stream = await fetch(`${ending.url}api/jobs/${job}/events`);
    const reading = stream.text().catch(() => "cut off");
    await ending.close();
    await reading;
    await expect(fetch(ending.url)).rejects.toThrow();
  });

  it("tells of a port that is taken", async () => {
    await expect(startStudio({ port: running.port })).rejects.toMatchObject({
      name: "JigsawError",
      message: `port ${running.port} is taken`,
    });
  });
});

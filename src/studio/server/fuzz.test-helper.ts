// Requests as no page sends them, many at once, the same ones for the same seed: to a studio on this machine.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, random } from "../../core/random.ts";

export interface FuzzOptions {
  readonly port: number;
  readonly seconds: number;
  /** Requests under way at the same time. */
  readonly parallel: number;
  readonly seed: number;
}

export interface FuzzResult {
  readonly requests: number;
  /** Answers by status; "left" where this side had no more patience, "none" where the studio closed without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers that should not be: their kinds of request, and how they begin. */
  readonly surprises: readonly string[];
}

/** What a studio may answer to nonsense. */
const KNOWN = new Set([200, 202, 204, 304, 400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 429, 431]);

const grid = [
  [1, 2],
  [3, 4],
];
const task = { id: "fuzz", train: [{ input: grid, output: grid }], test: [{ input: grid }] };
const decode = { task, decoder: "steps:steps=2", size: "rules" };
const inspect = { task, model: "jigsaw-tiny", canvas: { shape: [1, 2], slots: [1, -1], locked: [0] } };

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.5,
  "",
  "x".repeat(5000),
  "../../etc/passwd",
  "\u0000",
  "💥",
  [],
  {},
  [[[[[]]]]],
  { toString: null, __proto__: null, constructor: 1 },
  new Array(2000).fill(1),
  new Array(500).fill({ input: grid, output: grid }),
  new Array(40).fill(new Array(40).fill(1)),
];

/** A value with one of its parts, chosen at random, replaced. */
function spoil(draw: Random, value: unknown): unknown {
  const isLeaf = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isLeaf || draw.chance(0.2)) return draw.pick(JUNK);
  const key = draw.pick(Object.keys(value));
  const part = spoil(draw, (value as Record<string, unknown>)[key]);
  if (Array.isArray(value)) return value.with(Number(key), part);
  return { ...value, [draw.chance(0.1) ? "__proto__" : key]: part };
}

const bytes = (draw: Random, count: number): string =>
  Array.from({ length: count }, () => String.fromCharCode(draw.int(0, 255))).join("");

const CLIMBS = [
  "..",
  "%2e%2e",
  "..%2f..%2f",
  "%252e%252e",
  "..\\..",
  "....//",
  "%c0%ae%c0%ae",
  "/etc/passwd",
  "%00",
  "%ff",
  "~root",
  "a".repeat(3000),
];
const PLACES = [
  "",
  "api/",
  "api/folders/",
  "api/folders/examples/tasks/",
  "api/jobs/",
  "api/runs/",
  "assets/",
];
const ENDS = ["", "/events", "/tasks", "/training", "/arena", "/report", "/passwd", "?token=1&x[]=2"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
const TYPES = ["application/json", "text/plain", "application/json;charset=utf-7", "multipart/form-data", ""];

interface Shot {
  readonly head: string;
  readonly body?: string;
  /** Milliseconds between halves of what is sent; nothing more comes after the first one where it is negative. */
  readonly pause?: number;
  /** Milliseconds after which no more is read. */
  readonly patience: number;
}

const head = (method: string, path: string, headers: readonly string[] = []): string =>
  [`${method} /${path} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n");

const withBody = (path: string, body: string, type = "application/json"): Shot => ({
  head: head("POST", path, [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body, "latin1")}`]),
  body,
  patience: 20_000,
});

const chunked = (path: string, body: string): Shot => ({
  head: head("POST", path, ["Content-Type: application/json", "Transfer-Encoding: chunked"]),
  body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  patience: 20_000,
});

const plain = (text: string): Shot => ({ head: text, patience: 20_000 });

/** Kinds of requests; most of them are refused. */
const KINDS: Readonly<Record<string, (draw: Random) => Shot>> = {
  decode: () => withBody("api/decode", JSON.stringify(decode)),
  inspect: () => withBody("api/inspect", JSON.stringify(inspect)),
  spoiledDecode: (draw) => withBody("api/decode", JSON.stringify(spoil(draw, decode))),
  spoiledInspect: (draw) => withBody("api/inspect", JSON.stringify(spoil(draw, inspect))),
  noJson: (draw) => withBody("api/decode", bytes(draw, draw.int(0, 3000))),
  cutJson: (draw) => withBody("api/decode", JSON.stringify(decode).slice(0, draw.int(0, 150))),
  deep: (draw) => withBody("api/decode", draw.pick(["[", '{"a":', '["\\"",']).repeat(draw.int(10, 40_000))),
  otherType: (draw) => withBody("api/decode", JSON.stringify(decode), draw.pick(TYPES)),
  huge: (draw) => withBody("api/inspect", "1".repeat(draw.int(1, 4) * 2 ** 20)),
  hugeChunks: (draw) => chunked("api/decode", "1".repeat(draw.int(1, 4) * 2 ** 20)),
  badChunks: () => ({ ...chunked("api/decode", "{}"), body: "zz\r\n{}\r\n" }),
  lyingLength: (draw) => ({
    head: head("POST", "api/decode", [
      "Content-Type: application/json",
      `Content-Length: ${draw.int(1, 1e9)}`,
    ]),
    body: "{",
    pause: -1,
    patience: draw.int(50, 1500),
  }),
  path: (draw) => plain(head(draw.pick(METHODS), draw.pick(PLACES) + draw.pick(CLIMBS) + draw.pick(ENDS))),
  strangeHeaders: (draw) =>
    plain(
      head("GET", "api/about", [
        `Last-Event-ID: ${draw.pick(["-1", "1e99", "x", "9".repeat(400)])}`,
        `Cookie: ${"a=b; ".repeat(draw.int(1, 500))}`,
        `Origin: ${draw.pick(["null", "http://[", "http://evil.example"])}`,
        `Range: bytes=${draw.int(-9, 9)}-`,
      ]),
    ),
  largeHeaders: () => plain(head("GET", "api/about", [`X: ${"x".repeat(40_000)}`])),
  noHttp: (draw) => plain(`${bytes(draw, 200)}\r\n\r\n`),
  otherHost: () => plain("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
  twice: () => plain(head("GET", "api/about").replace("close", "keep-alive") + head("GET", "api/runs")),
  slow: (draw) => ({ head: head("GET", "api/about"), pause: draw.int(10, 800), patience: 20_000 }),
  stalled: (draw) => ({ head: head("GET", "api/about"), pause: -1, patience: draw.int(100, 2000) }),
  leavesInspecting: (draw) => ({
    ...withBody("api/inspect", JSON.stringify(inspect)),
    patience: draw.int(0, 40),
  }),
  leaves: (draw) => ({ ...withBody("api/decode", JSON.stringify(decode)), patience: draw.int(0, 5) }),
};

const LEFT = "left";

/** Sends a shot; gives what came back until the connection ended, or LEFT where patience ended before anything came. */
function shoot(port: number, { head, body = "", pause, patience }: Shot): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => {
      answer ||= LEFT;
      socket.destroy();
    }, patience);
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
    const all = head + body;
    if (pause === undefined) socket.write(all, "latin1");
    else {
      const half = Math.floor(all.length / 2);
      socket.write(all.slice(0, half), "latin1");
      if (pause >= 0) setTimeout(() => socket.writable && socket.write(all.slice(half), "latin1"), pause);
    }
  });
}

/** What of an answer should not be; undefined where it is as it should. */
function surprise(kind: string, shot: Shot, answer: string): string | undefined {
  if (answer === "" || answer === LEFT) return undefined;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  const says = `${kind}: ${answer.slice(0, 200)}`;
  if (!KNOWN.has(status)) return says;
  if (/root:.*:0:0|node_modules|\bat \w+ \(/.test(answer)) return says;
  const isOurs = status >= 400 && /content-type: application\/json/i.test(answer);
  return isOurs && !shot.head.startsWith("HEAD") && !answer.includes('"code":"') ? says : undefined;
}

/** Listens to a job for a moment, or stops it. */
async function followUp(draw: Random, port: number, answer: string): Promise<void> {
  const job = /"job":"([\w-]+)"/.exec(answer)?.[1];
  if (!job) return;
  const path = `api/jobs/${job}`;
  if (draw.chance(0.5)) await shoot(port, { head: head("DELETE", path), patience: 5000 });
  else await shoot(port, { head: head("GET", `${path}/events`), patience: draw.int(0, 300) });
}

export async function fuzz({ port, seconds, parallel, seed }: FuzzOptions): Promise<FuzzResult> {
  const end = Date.now() + seconds * 1000;
  const statuses: Record<string, number> = {};
  const surprises: string[] = [];
  let requests = 0;
  const client = async (number: number) => {
    const draw = random("fuzz", seed, number);
    while (Date.now() < end) {
      const kind = draw.pick(Object.keys(KINDS));
      const shot = KINDS[kind]!(draw);
      const answer = await shoot(port, shot);
      requests++;
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? (answer || "none");
      statuses[status] = (statuses[status] ?? 0) + 1;
      const found = surprise(kind, shot, answer);
      if (found) surprises.push(found);
      await followUp(draw, port, answer);
      await sleep(0);
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, number) => client(number)));
  return { requests, statuses, surprises };
}

/** What is read of the disk: folders of tasks, runs, the built page. Links that lead out are not followed. */
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent, RunSummary } from "../shared/protocol.ts";
import type { TaskSummary } from "../shared/tasks.ts";
import { reportPolicy } from "./report.ts";
import { examples, type Running, startStudio } from "./studio.test-helper.ts";

let root: string;
let running: Running;
const inRoot = (...parts: string[]) => join(root, ...parts);

const task = (colour: number) => {
  const grid = [[colour, colour]];
  return { train: [{ input: grid, output: grid }], test: [{ input: grid, output: grid }] };
};
const line = (step: number, loss = 1) =>
  `${JSON.stringify({ step, loss, learning_rate: 0.1, sequences_per_second: 2, grad_norm: 1 })}\n`;
const settings = (steps: number) => JSON.stringify({ steps, objective: "masked-diffusion" });
const report = `<!doctype html><style>p{color:red}</style><p>Report<script>document.title = "in";</script>`;

async function fill(files: Readonly<Record<string, string | object>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(inRoot(path), ".."), { recursive: true });
    await writeFile(inRoot(path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-studio-"));
  const { train, test } = task(3);
  await fill({
    "secret/secret.json": task(9),
    "secret/kaggle_solutions.json": { k: [[[3, 3]]] },
    "secret/report.html": "<p>secret",
    "secret/metrics.jsonl": line(1),
    "tasks/one.json": task(1),
    "tasks/two.json": task(2),
    "tasks/broken.json": "{",
    "tasks/other.json": { hello: 1 },
    "tasks/notes.txt": "notes",
    "tasks/.hidden.json": task(5),
    "tasks/kaggle_challenges.json": { k: { train, test: [{ input: test[0]!.input }] } },
    "tasks/wide.json": { train: new Array(20).fill(train[0]), test },
    "more/tasks/three.json": task(3),
    "empty/notes.txt": "",
    "kaggle/a_challenges.json": { a: { train, test: [{ input: test[0]!.input }] } },
    "kaggle/a_solutions.json": { a: [test[0]!.output] },
    "runs/trained/metrics.jsonl": line(10) + line(20),
    "runs/trained/training_args.json": settings(100),
    "runs/arena/summary.json": { decoders: [{ decoder: "greedy" }, { decoder: "steps" }] },
    "runs/arena/arena.json": {},
    "runs/judged/report.html": report,
    "runs/judged/summary.json": {},
    "runs/stopped/report.html": report,
    "runs/stopped/manifest.json": { settings: { decoder: "steps", model: "mine" }, finished: null },
    "runs/judged/manifest.json": { settings: { decoder: "adaptive", model: "jigsaw-joint" } },
    "runs/nothing/notes.txt": "",
    "runs/file.txt": "",
    "page/index.html": "<!doctype html><html><head><title>x</title></head></html>",
    "page/assets/main-AbCd1234.js": "export {};",
    "page/assets/plain.css": "p{}",
    "page/ort/run.wasm": "\0asm",
    "page/odd.xyz": "?",
  });
  const links: [string, string][] = [
    ["secret/secret.json", "tasks/link-out.json"],
    ["tasks/one.json", "tasks/link-in.json"],
    ["secret/kaggle_solutions.json", "tasks/kaggle_solutions.json"],
    ["secret", "runs/link-out"],
    ["secret/report.html", "page/secret.html"],
    ["nowhere", "tasks/dangling.json"],
  ];
  for (const [target, path] of links) await symlink(inRoot(target), inRoot(path));
  await mkdir(inRoot("runs/linked"));
  await symlink(inRoot("secret/report.html"), inRoot("runs/linked/report.html"));
  running = await startStudio({
    folders: [examples, ...["tasks", "more/tasks", "empty", "kaggle"].map((name) => inRoot(name))],
    runs: inRoot("runs"),
    page: inRoot("page"),
  });
});
afterAll(async () => {
  expect(running.reported).toEqual([]);
  await running.close();
  await rm(root, { recursive: true });
});

const at = (path: string) => running.url + path;
const json = async (path: string): Promise<unknown> => (await fetch(at(path))).json();
const ids = async (folder: string) =>
  ((await json(`api/folders/${folder}/tasks`)) as TaskSummary[]).map(({ id }) => id);

describe("a folder of tasks", () => {
  it("is told apart from others of its name", async () => {
    expect(await json("api/about")).toMatchObject({
      folders: ["examples", "tasks", "tasks-2", "empty", "kaggle"],
      runs: true,
    });
    expect(await ids("tasks-2")).toEqual(["three"]);
  });

  it("gives the tasks that can be read, nothing hidden, and nothing that a link leads to outside", async () => {
    expect(await ids("tasks")).toEqual(["one", "two"]);
    expect(await json("api/folders/tasks/tasks/two")).toEqual({ id: "two", ...task(2) });
    for (const id of ["link-out", "secret", "k", ".hidden", "dangling", "../secret/secret", "wide"])
      expect((await fetch(at(`api/folders/tasks/tasks/${encodeURIComponent(id)}`))).status).toBe(404);
  });

  it("gives Kaggle's tasks with the solutions beside them", async () => {
    expect(await json("api/folders/kaggle/tasks/a")).toEqual({ id: "a", ...task(3) });
  });

  it("is read anew when it has changed", async () => {
    await fill({ "more/tasks/four.json": task(4) });
    expect(await ids("tasks-2")).toEqual(["four", "three"]);
    await rm(inRoot("more/tasks/four.json"));
    expect(await ids("tasks-2")).toEqual(["three"]);
  });

  it("says so where it holds none", async () => {
    const response = await fetch(at("api/folders/empty/tasks"));
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ message: "empty: no task files in this folder" }),
    ]);
  });
});

describe("runs", () => {
  it("are told apart by what they hold, but for links", async () => {
    const runs = (await json("api/runs")) as RunSummary[];
    const found = Object.fromEntries(runs.map(({ name, kind, about }) => [name, [kind, about]]));
    expect(found).toEqual({
      trained: ["training", "masked-diffusion, 100 steps"],
      arena: ["arena", "greedy, steps"],
      judged: ["evaluation", "adaptive, jigsaw-joint"],
      stopped: ["evaluation", "steps, mine, not finished"],
    });
    for (const { changed } of runs) expect(Math.abs(Date.now() - changed)).toBeLessThan(600_000);
  });

  it("give an arena's summary", async () => {
    expect(await json("api/runs/arena/arena")).toEqual({
      decoders: [{ decoder: "greedy" }, { decoder: "steps" }],
    });
    for (const name of ["trained", "judged", "link-out", "nothing", "..", "%2e%2e%2fsecret"])
      expect((await fetch(at(`api/runs/${name}/arena`))).status).toBe(404);
  });

  it("give a report whose own script may run, and nothing else", async () => {
    const response = await fetch(at("api/runs/judged/report"));
    expect(await response.text()).toBe(report);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("sandbox allow-scripts");
    expect(policy).not.toContain("allow-same-origin");
    // SHA-256 of the script's text, by another tool.
    expect(policy).toContain("script-src 'sha256-GtsPtHNxu+XSirU4Kc1IWd7f0V0wl3d04g5WwHV+TQo='");
    expect(reportPolicy("<p>plain")).toContain("script-src 'none'");
    for (const name of ["linked", "link-out", "trained"])
      expect((await fetch(at(`api/runs/${name}/report`))).status).toBe(404);
  });
});

describe("training", () => {
  it("is followed while it grows, when it is resumed before what it had logged, and when half a line is there", async () => {
    const log = inRoot("runs/trained/metrics.jsonl");
    /** What is done after each event. */
    const plan: (() => Promise<void>)[] = [
      async () => {},
      () => appendFile(log, line(30) + line(40).slice(0, 9)),
      () => appendFile(log, line(40).slice(9)),
      async () => {
        await writeFile(log, line(10) + line(20));
        await writeFile(inRoot("runs/trained/training_args.json"), settings(200));
      },
      async () => {},
      () => appendFile(log, line(30, 2)),
      async () => {},
    ];
    const events: RunEvent[] = [];
    const left = new AbortController();
    const response = await fetch(at("api/runs/trained/training"), { signal: left.signal });
    let text = "";
    for await (const chunk of response.body!) {
      text += new TextDecoder().decode(chunk);
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) {
        if (!block.startsWith("data: ")) continue;
        events.push(JSON.parse(block.slice(6)));
        await plan.shift()!();
      }
      if (plan.length === 0) break;
    }
    left.abort();
    const steps = (event: RunEvent) =>
      event.type === "metrics"
        ? [event.restart ?? false, ...event.lines.map(({ step, loss }) => `${step}:${loss}`)]
        : event.steps;
    expect(events.map(steps)).toEqual([
      100,
      [true, "10:1", "20:1"],
      [false, "30:1"],
      [false, "40:1"],
      200,
      [true, "10:1", "20:1"],
      [false, "30:2"],
    ]);
  });

  it("is not there for what was not trained", async () => {
    for (const name of ["arena", "link-out", "nothing", "x"])
      expect((await fetch(at(`api/runs/${name}/training`))).status).toBe(404);
  });
});

describe("the page", () => {
  it("is sent with its type, told who answers it, and kept no longer than it lasts", async () => {
    const response = await fetch(at(""));
    expect(await response.text()).toBe(
      '<!doctype html><html><head><meta name="jigsaw-backend" content="server" /><title>x</title></head></html>',
    );
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    const script = await fetch(at("assets/main-AbCd1234.js"));
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const style = await fetch(at("assets/plain.css"));
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(style.headers.get("cache-control")).toBe("no-cache");
    expect((await fetch(at("ort/run.wasm"))).headers.get("content-type")).toBe("application/wasm");
    expect((await fetch(at("odd.xyz"))).headers.get("content-type")).toBe("application/octet-stream");
    expect((await fetch(at("index.html"))).status).toBe(200);
  });

  it("is not sent again where it has not changed", async () => {
    const etag = (await fetch(at(""))).headers.get("etag")!;
    const again = await fetch(at(""), { headers: { "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await fetch(at(""), { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
  });

  it("is read and nothing else, and nothing that a link leads to", async () => {
    expect((await fetch(at("secret.html"))).status).toBe(404);
    expect((await fetch(at("assets"))).status).toBe(404);
    const posted = await fetch(at("index.html"), { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const head = await fetch(at(""), { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("says how it is built where it is not", async () => {
    const bare = await startStudio({ page: inRoot("not-there") });
    const response = await fetch(bare.url);
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ hint: "Build it: npm run build" }),
    ]);
    await bare.close();
  });
});

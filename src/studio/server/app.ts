// The studio's addresses: `Backend` of protocol.ts over HTTP under /api/, and the page.
import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { JigsawError } from "../../core/errors.ts";
import { aboutDecoders } from "../shared/about.ts";
import { answerInspection, planDecoding, runDecoding } from "../shared/handlers.ts";
import type { ModelCache } from "../shared/model-cache.ts";
import type { About, ModelAbout } from "../shared/protocol.ts";
import { summaryOf } from "../shared/tasks.ts";
import { openTaskFolders, type TaskFolder } from "./folders.ts";
import { onlyLoopbackNames, onlyOwnPage, onlyWithToken, securityHeaders } from "./guard.ts";
import { JOB_LIMITS, type JobLimits, type Jobs, openJobs } from "./jobs.ts";
import { readJsonBody } from "./json-body.ts";
import { type Page, readPage, sendPage } from "./page.ts";
import { refuse, wrongMethod } from "./reply.ts";
import { sendReport } from "./report.ts";
import { arenaSummary, listRuns, openTraining, reportOf } from "./runs.ts";
import { lastSeen, sendEvents } from "./sse.ts";

/** What a studio is opened with. */
export interface StudioOptions {
  readonly device: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly models: readonly ModelAbout[];
  /** Opens the models by their names. */
  readonly cache: ModelCache;
  /** Folders of tasks. */
  readonly folders: readonly string[];
  readonly runs?: string | undefined;
  /** The folder of the built page. */
  readonly page: string;
  /** What whoever asks must have; without one, only this machine may ask. */
  readonly token?: string | undefined;
  readonly limits?: JobLimits;
  /** Hears of errors that are nobody's request. */
  readonly report: (error: unknown) => void;
}

/** An open studio: its Hono app, to be passed to `listen`, and its jobs. */
export interface Studio {
  readonly app: Hono;
  readonly jobs: Jobs;
  /** Stops what computes. */
  close(): Promise<void>;
}

const nothingHere = (page: Page): JigsawError =>
  page.size > 0
    ? new JigsawError("not-found", "there is nothing at this address")
    : new JigsawError("not-found", "the page has not been built", "Build it: npm run build");

/** Inspections that are answered at the same time; more are refused. */
const MOST_INSPECTIONS = 16;

/** Opens a studio: reads the built page, sets up jobs and routes. Models are opened when they are first asked for. */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { device, threads, versions, models, cache, runs, token, report } = options;
  const folders = openTaskFolders(options.folders);
  const page = await readPage(options.page);
  const jobs = openJobs(options.limits ?? JOB_LIMITS, report);
  const names = models.map(({ name }) => name);
  const about: About = {
    kind: "server",
    ...{ device, threads, versions, models },
    decoders: aboutDecoders(),
    folders: [...folders.keys()],
    runs: runs !== undefined,
  };
  let inspections = 0;

  const folderNamed = (name: string): TaskFolder => {
    const folder = folders.get(name);
    if (folder) return folder;
    const known = `There are: ${about.folders.join(", ")}.`;
    throw new JigsawError("not-found", `no folder "${name.slice(0, 80)}"`, known);
  };
  const noJob = () =>
    new JigsawError("not-found", "no such decoding", "It has ended a while ago, or was never begun.");

  const app = new Hono();
  app.onError((error, c) => refuse(c, error, report));
  app.use(securityHeaders);
  app.use(token === undefined ? onlyLoopbackNames : onlyWithToken(token));
  app.use(onlyOwnPage);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => refuse(c, wrongMethod(c, methods), report),
    }),
  );

  app.get("/api/about", (c) => c.json(about));

  app.get("/api/folders/:name/tasks", async (c) => {
    const tasks = await folderNamed(c.req.param("name")).tasks();
    return c.json([...tasks.values()].map(summaryOf));
  });
  app.get("/api/folders/:name/tasks/:id", async (c) => {
    const task = (await folderNamed(c.req.param("name")).tasks()).get(c.req.param("id"));
    if (task) return c.json(task);
    throw new JigsawError("not-found", `no task "${c.req.param("id").slice(0, 80)}" in this folder`);
  });

  app.post("/api/decode", async (c) => {
    const decoding = planDecoding(await readJsonBody(c), names);
    return c.json({ job: jobs.submit((signal) => runDecoding(decoding, cache, signal)) }, 202);
  });
  app.get("/api/jobs/:id/events", (c) => {
    const [id, after] = [c.req.param("id"), lastSeen(c)];
    if (!jobs.has(id)) throw noJob();
    return sendEvents(c, (signal) => jobs.follow(id, after, signal));
  });
  app.delete("/api/jobs/:id", (c) => {
    if (!jobs.cancel(c.req.param("id"))) throw noJob();
    return c.body(null, 204);
  });

  app.post("/api/inspect", async (c) => {
    const request = await readJsonBody(c);
    if (inspections >= MOST_INSPECTIONS)
      throw new JigsawError("busy", "too many cells are asked about at once");
    inspections++;
    try {
      return c.json(await answerInspection(request, names, cache, c.req.raw.signal));
    } finally {
      inspections--;
    }
  });

  app.get("/api/runs", async (c) => c.json(runs === undefined ? [] : await listRuns(runs)));
  app.get("/api/runs/:name/training", async (c) => {
    const follow = await openTraining(runs, c.req.param("name"));
    return sendEvents(c, async function* (signal) {
      for await (const event of follow(signal)) yield { data: JSON.stringify(event) };
    });
  });
  app.get("/api/runs/:name/arena", async (c) => c.json(await arenaSummary(runs, c.req.param("name"))));
  app.get("/api/runs/:name/report", async (c) => sendReport(c, await reportOf(runs, c.req.param("name"))));

  // All else is the page.
  app.notFound((c) => sendPage(c, page) ?? refuse(c, nothingHere(page), report));

  return { app, jobs, close: () => jobs.close() };
}

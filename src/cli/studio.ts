// jigsaw studio: a page on this machine in which models are watched and touched.
import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { availableParallelism, networkInterfaces } from "node:os";
import { basename, join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { readConfig } from "../checkpoint/node/checkpoint.ts";
import { JigsawError } from "../core/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/node/open.ts";
import { loadModel, modelFolder, packageFolder, shippedModels, versions } from "../load.ts";
import { exportSite } from "../studio/export-site.ts";
import { openStudio } from "../studio/server/app.ts";
import { isLoopback } from "../studio/server/guard.ts";
import { listen } from "../studio/server/listen.ts";
import { aboutModel } from "../studio/shared/about.ts";
import { type ModelCache, openModelCache } from "../studio/shared/model-cache.ts";
import { warn, withInterrupt } from "./harness.ts";
import { addOptions, modelOptions, readOptions } from "./options.ts";
import { stylesFor } from "./terminal.ts";

export const studioOptions = z.object({
  port: z.int().min(0).max(65535).default(4747).describe("port of the page; 0 for one that is free"),
  host: z
    .string()
    .default("127.0.0.1")
    .describe(
      "address to listen at; any but this machine's own takes a token, which the printed address has",
    ),
  tasks: z.array(z.string()).default([]).describe("folders of tasks to open in the page"),
  runs: z.string().optional().describe("folder of runs to look at (default: runs, if it is there)"),
  models: z.array(z.string()).default([]).describe("models to choose from besides the shipped ones"),
  device: modelOptions.device,
  threads: modelOptions.threads,
  export: z
    .string()
    .optional()
    .describe("write the studio into this folder instead, as a static site whose models run in the browser"),
});

type StudioFlags = z.infer<typeof studioOptions>;

/** Models that stay open; each is some megabytes of weights and its compiled graphs. */
const MOST_OPEN = 4;

export const examples = join(packageFolder, "examples");
export const builtPage = join(packageFolder, "dist", "studio", "web");

/** Models by the names under which the page knows them. */
function modelsByName(named: readonly string[]): Map<string, string> {
  const models = new Map(shippedModels().map((name) => [name, name]));
  for (const model of named) {
    const name = basename(model);
    if (models.has(name))
      throw new JigsawError("bad-option", `--models ${model}: there is a model "${name}" already`);
    models.set(name, model);
  }
  return models;
}

const openModels = (engine: Engine, models: ReadonlyMap<string, string>): ModelCache =>
  openModelCache(async (name, progress) => {
    progress(0, 0, name);
    return (await loadModel(models.get(name)!, { engine, warn })).model;
  }, MOST_OPEN);

function checkFolder(flag: string, folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new JigsawError("not-found", `${flag} ${folder}: no such folder`);
}

function runsFolder(named: string | undefined): string | undefined {
  if (named !== undefined) checkFolder("--runs", named);
  return named ?? (existsSync("runs") ? "runs" : undefined);
}

/** How others reach this machine, where it listens at all its addresses. */
function outerAddress(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? host;
}

function addressOf(host: string, port: number, token: string | undefined): string {
  const name = outerAddress(host);
  const query = token === undefined ? "" : `?token=${token}`;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/${query}`;
}

/** Resolves when the studio is to end. */
const interrupted = (): Promise<void> =>
  withInterrupt((signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())));

async function exportTo(out: string, { tasks, models }: StudioFlags): Promise<void> {
  const folders = [...modelsByName(models)].map(([name, model]) => [name, modelFolder(model)] as const);
  await exportSite({
    out,
    page: builtPage,
    models: new Map(folders),
    folders: [examples, ...tasks],
    versions: versions(),
  });
  console.log(`The site is in ${out}; any server of files can send it.`);
}

async function serve({ host, port, tasks, runs, models: named, device, threads }: StudioFlags) {
  const models = modelsByName(named);
  for (const folder of tasks) checkFolder("--tasks", folder);
  const about = await Promise.all(
    [...models].map(async ([name, model]) => aboutModel(name, await readConfig(modelFolder(model), warn))),
  );
  const token = isLoopback(host) ? undefined : randomBytes(24).toString("base64url");
  const runsAt = runsFolder(runs);
  const engine = await openEngine({ device, threads, worker: true });
  const cache = openModels(engine, models);
  try {
    const studio = await openStudio({
      device: engine.device,
      threads: threads ?? availableParallelism(),
      versions: versions(),
      models: about,
      cache,
      folders: [examples, ...tasks],
      runs: runsAt,
      page: builtPage,
      token,
      report: (error) => console.error(error),
    });
    const listening = await listen(studio.app, { host, port });
    const { bold, dim } = stylesFor(process.stdout);
    console.log(`The studio is at ${bold(addressOf(host, listening.port, token))}`);
    console.log(dim("Ctrl-C ends it."));
    await interrupted();
    await listening.close();
    await studio.close();
  } finally {
    await cache.close();
    await engine.close();
  }
}

export const studioCommand = (): Command =>
  addOptions(new Command("studio"), studioOptions)
    .description(
      "Opens a page in which models are watched while they fill in puzzles, stopped, and let go on.",
    )
    .action(async (raw) => {
      const flags = readOptions(studioOptions, raw);
      await (flags.export === undefined ? serve(flags) : exportTo(flags.export, flags));
    });

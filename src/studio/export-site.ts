// Writes the studio as a static site: the page, the shipped models, ONNX Runtime for browsers, and the examples.
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { writeBundle } from "../checkpoint/node/bundle-file.ts";
import { openCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { JigsawError } from "../core/errors.ts";
import { ioError, replaceFolder } from "../files/atomic.ts";
import { openTaskFolders } from "./server/folders.ts";
import { aboutModel } from "./shared/about.ts";
import type { ModelAbout } from "./shared/protocol.ts";
import { bundleOf, RUNTIMES, SITE_FILE, SITE_FORMAT, type Site } from "./shared/site.ts";

/** What `exportSite` writes, and where to. */
export interface SiteOptions {
  /** The folder to write. */
  readonly out: string;
  /** The folder of the built page. */
  readonly page: string;
  /** Folders of models by the names that the page knows them by. */
  readonly models: ReadonlyMap<string, string>;
  /** Folders of tasks. */
  readonly folders: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The runtime's scripts in the package onnxruntime-web; a site renames them, as not every server knows `.mjs`. */
const SCRIPTS = { wasm: "ort.wasm.bundle.min.mjs", webgpu: "ort.webgpu.bundle.min.mjs" } as const;

/** The folder of the runtime's files: as installed with Jigsaw, or where the command is run. */
function runtimeFolder(): string {
  for (const from of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return dirname(createRequire(from).resolve(`onnxruntime-web/${basename(RUNTIMES.wasm.program)}`));
    } catch {}
  }
  throw new JigsawError(
    "not-found",
    "the package onnxruntime-web is not installed, with which models run in a browser",
    "Install it: npm install onnxruntime-web",
  );
}

async function copyRuntime(staging: string): Promise<void> {
  const from = runtimeFolder();
  for (const [name, { script, program }] of Object.entries(RUNTIMES)) {
    await mkdir(dirname(join(staging, script)), { recursive: true });
    await cp(join(from, SCRIPTS[name as keyof typeof SCRIPTS]), join(staging, script));
    await cp(join(from, basename(program)), join(staging, program));
  }
}

/** In float32: at float16 a decoder now and then commits two cells that are about as sure in the other order. */
async function writeModel(
  staging: string,
  name: string,
  folder: string,
  writtenBy: string,
): Promise<ModelAbout> {
  await using open = await openCheckpoint(folder);
  await writeBundle(join(staging, bundleOf(name)), open, { writtenBy });
  return aboutModel(name, open.config);
}

async function fill(staging: string, { page, models, folders, versions }: SiteOptions): Promise<void> {
  await cp(page, staging, { recursive: true });
  await copyRuntime(staging);
  await mkdir(join(staging, dirname(bundleOf("any"))), { recursive: true });
  const about: ModelAbout[] = [];
  for (const [name, folder] of models)
    about.push(await writeModel(staging, name, folder, `jigsaw-lm ${versions.jigsaw}`));
  const tasks: Record<string, Site["folders"][string]> = {};
  for (const [name, folder] of openTaskFolders(folders)) tasks[name] = [...(await folder.tasks()).values()];
  const site: Site = { format: SITE_FORMAT, versions, models: about, folders: tasks };
  await writeFile(join(staging, SITE_FILE), `${JSON.stringify(site)}\n`);
}

/** Refuses a place that holds anything but an earlier export. */
async function checkPlace(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw ioError(error, `cannot write ${out}`);
  });
  const text = names.includes(SITE_FILE) ? await readFile(join(out, SITE_FILE), "utf8") : "";
  if (names.length === 0 || text.startsWith(`{"format":"${SITE_FORMAT}"`)) return;
  const hint = "Name a folder that is empty, not there yet, or an earlier export.";
  throw new JigsawError("bad-option", `${out} holds other files (${names[0]})`, hint);
}

/** Writes the site into a folder, whole or not at all; an earlier export is replaced. */
export async function exportSite(options: SiteOptions): Promise<void> {
  const { out, page } = options;
  if (!existsSync(join(page, "index.html")))
    throw new JigsawError("not-found", "the page has not been built", "Build it: npm run build");
  await checkPlace(out);
  await replaceFolder(out, (staging) => fill(staging, options)).catch((error) => {
    throw ioError(error, `cannot write ${out}`);
  });
}

// The folder of a run: a manifest, its results as they come, and the reports at the end. Node only.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Task } from "../../arc/task.ts";
import { JigsawError } from "../../core/errors.ts";
import { ioError } from "../../files/atomic.ts";
import { writeJson } from "../../files/json.ts";
import { lockFolder } from "../../files/lock.ts";
import { digestOfAll } from "../../hub/content.ts";
import type { FinishedRun, Manifest } from "../manifest.ts";
import {
  EVALUATION,
  namesIn,
  type RunKind,
  readManifest,
  readOutcomes,
  taskChecksum,
  writeFiles,
} from "./run-files.ts";

/** The description of a run that is to start. */
export interface RunAbout {
  readonly command: readonly string[];
  readonly data: readonly string[];
  /** All that decides the results. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface RunFolder<Result> extends AsyncDisposable {
  readonly manifest: Manifest;
  /** The results so far, of earlier processes too. */
  readonly results: readonly Result[];
  /** Keeps a result: it is in its file, whole, when this resolves. */
  add(result: Result): Promise<void>;
  /** Writes reports by name, and in the manifest where results were computed and whether all are there. */
  finish(reports: Readonly<Record<string, string>>, where: Whereabouts): Promise<void>;
}

export interface Whereabouts extends Pick<Manifest, "hosts" | "devices"> {
  readonly complete: boolean;
}

/** Refuses a folder that has files and no manifest: it is not a run's. */
async function checkFolder(folder: string, manifest: string): Promise<void> {
  const names = (await namesIn(folder)).filter((name) => !name.startsWith("."));
  if (names.length === 0 || names.includes(manifest)) return;
  const hint = "Name a folder that is empty or not there yet.";
  throw new JigsawError("bad-option", `${folder} holds other files (${names[0]})`, hint);
}

/** Refuses a folder whose results were made with other settings, and says which differ. */
function checkSame(
  folder: string,
  manifest: string,
  saved: RunAbout["settings"],
  settings: RunAbout["settings"],
) {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(settings)])];
  const differing = names.filter((name) => !isDeepStrictEqual(saved[name], settings[name]));
  if (differing.length === 0) return;
  throw new JigsawError(
    "bad-option",
    `${folder} holds results of other settings: ${differing.join(", ")}`,
    `Name another --out, or go on with the settings in ${join(folder, manifest)}.`,
  );
}

/** Writes to a folder; an error of the disk says that results are kept and the run can be resumed. */
async function writing<T>(folder: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (fault) {
    const error = ioError(fault, `cannot use ${folder}`);
    if (!(error instanceof JigsawError) || error.code !== "io") throw error;
    const hint = `What ${folder} holds is whole. Once it can be written to, the same command goes on (eval: with --resume).`;
    throw new JigsawError("io", error.message, hint);
  }
}

interface OpenOptions {
  /** The tasks that are solved, for their checksums. */
  readonly tasks?: readonly Task[];
  /** Resumes the run that the folder holds; without it, a folder with results is refused. */
  readonly resume: boolean;
  /** Takes lines for the user. */
  readonly log: (line: string) => void;
}

/**
 * Opens a folder for a run: a new one, or that of an earlier run of the same settings, which goes on. It is locked until
 * it is disposed of. Nothing is changed where it is refused.
 */
export async function openRunFolder<Result>(
  kind: RunKind<Result>,
  folder: string,
  { command, data, settings: given }: RunAbout,
  { tasks, resume, log }: OpenOptions,
): Promise<RunFolder<Result>> {
  const path = join(folder, kind.manifest);
  const checksums = Object.fromEntries((tasks ?? []).map((task) => [task.id, taskChecksum(task)]));
  const dataSha256 = tasks && digestOfAll(new Map(Object.entries(checksums)));
  // As JSON will give them back: without undefined values.
  const settings = JSON.parse(JSON.stringify({ ...given, dataSha256 }));

  async function begin(): Promise<{ manifest: Manifest; results: Result[] }> {
    const saved = await readManifest(path);
    const results = await kind.read(folder);
    const begun = results.length > 0 ? saved : undefined;
    if (begun && !resume) {
      const hint = "Go on with it by --resume, or name another --out.";
      throw new JigsawError("bad-option", `${folder} holds the results of ${results.length} tasks`, hint);
    }
    if (begun) checkSame(folder, kind.manifest, begun.settings, settings);
    const now = new Date().toISOString();
    const manifest: Manifest = {
      format: kind.format,
      run: begun?.run ?? randomUUID(),
      started: begun?.started ?? now,
      resumed: begun ? [...begun.resumed, now] : [],
      finished: null,
      ...{ command: [...command], data: [...data], settings, tasks: checksums, hosts: [], devices: [] },
    };
    await writing(folder, writeJson(path, manifest));
    return { manifest, results };
  }

  await checkFolder(folder, kind.manifest);
  const lock = await writing(folder, lockFolder(folder, log));
  const { manifest, results } = await begin().catch(async (error) => {
    await lock[Symbol.asyncDispose]();
    throw error;
  });
  return {
    manifest,
    results,
    async add(result) {
      await writing(folder, kind.write(folder, result));
      results.push(result);
    },
    async finish(reports, { complete, ...where }) {
      await writing(folder, writeFiles(folder, reports));
      const finished = complete ? new Date().toISOString() : null;
      await writing(folder, writeJson(path, { ...manifest, ...where, finished }));
    },
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  };
}

/** Reads the folder of a finished evaluation. */
export async function readRun(folder: string): Promise<FinishedRun> {
  const manifest = await readManifest(join(folder, EVALUATION.manifest));
  if (!manifest) {
    const hint = `Name folders that "jigsaw eval --out" wrote.`;
    throw new JigsawError("not-found", `${folder}: no evaluation's folder`, hint);
  }
  if (manifest.finished === null) {
    const hint = `Finish it first: the command that began it, with --resume.`;
    throw new JigsawError("bad-option", `${folder}: the evaluation is not finished`, hint);
  }
  return { folder, manifest, outcomes: (await readOutcomes(folder)).outcomes };
}

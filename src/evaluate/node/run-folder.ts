// The folder of an evaluation: manifest.json, tasks/ with one file a task, and the reports at the end. Node only.
import { randomUUID } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Task } from "../../arc/task.ts";
import { JigsawError } from "../../core/errors.ts";
import { ioError } from "../../files/atomic.ts";
import { digestOfAll, sha256 } from "../../hub/content.ts";
import { type Answer, answerSchema, type OutputResult, outputResultSchema } from "../outcomes.ts";
import { checkSame, claimFolder, textOf, writeFiles, writeJson } from "./journal.ts";

export const MANIFEST = "manifest.json";
export const RESULTS = "results.jsonl";
const TASKS = "tasks";
const FORMAT = "jigsaw-eval/1";

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** This run's own name, by which its tasks are known on a queue. */
  run: z.string(),
  started: z.string(),
  /** When it was gone on with. */
  resumed: z.array(z.string()),
  /** Null until all is solved and the reports are written. */
  finished: z.string().nullable(),
  command: z.array(z.string()),
  data: z.array(z.string()),
  /** All that decides the results; a run goes on only where it is the same. */
  settings: z.record(z.string(), z.unknown()),
  /** A checksum of each task that is solved: of what is asked, not of the answers. */
  tasks: z.record(z.string(), z.string()),
  hosts: z.array(z.string()),
  devices: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What a run is about, before it starts. */
export interface RunAbout {
  readonly command: readonly string[];
  readonly data: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface RunFolder {
  readonly manifest: Manifest;
  /** What was answered so far, by task. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Keeps an answer: it is in its file, whole, when this resolves. */
  add(answer: Answer): Promise<void>;
  /** Writes reports by name, and that the run is finished. */
  finish(reports: Readonly<Record<string, string>>): Promise<void>;
}

/** SHA-256 of what is asked: demonstrations and test inputs, in their order. */
export const taskChecksum = ({ train, test }: Task): string =>
  sha256(JSON.stringify([train.map(({ input, output }) => [input, output]), test.map(({ input }) => input)]));

/** Longer names are cut, and told apart by a checksum. */
const LONGEST_NAME = 120;

/**
 * A file's name for any id: small letters, digits, - and _ stay, all else is the percent-encoded bytes of its UTF-8.
 * Two ids never share a name, not even where capitals don't count, and none is reserved by a system.
 */
export function fileNameOf(id: string): string {
  const encoded = [...new TextEncoder().encode(id)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[a-z0-9_-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
  if (encoded.length > LONGEST_NAME) return `${encoded.slice(0, LONGEST_NAME)}~${sha256(id).slice(0, 32)}`;
  // Windows' names of devices.
  return /^(?:con|prn|aux|nul|com\d|lpt\d)?$/.test(encoded) ? `${encoded}~` : encoded;
}

async function readAnswers(folder: string): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const names = await readdir(join(folder, TASKS)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names.sort()) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    const path = join(folder, TASKS, name);
    const answer = parseWith(answerSchema, (await textOf(path)) ?? "");
    if (!answer || name !== `${fileNameOf(answer.task)}.json`)
      throw new JigsawError(
        "io",
        `${path}: not a task's answer`,
        "Move the file away; the task is done again.",
      );
    answers.set(answer.task, answer);
  }
  return answers;
}

function parseWith<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await textOf(join(folder, MANIFEST));
  if (text === undefined) return undefined;
  const manifest = parseWith(manifestSchema, text);
  if (manifest) return manifest;
  const hint = "Name another folder, or put the file back as it was.";
  throw new JigsawError("io", `${join(folder, MANIFEST)}: not an evaluation's manifest`, hint);
}

/** Says of a disk's fault what it leaves whole, and what to do. */
function kept(error: unknown, folder: string): unknown {
  if (!(error instanceof JigsawError) || error.code !== "io" || error.hint) return error;
  const hint = `What ${folder} holds is whole. Once it can be written to, the same command with --resume goes on.`;
  return new JigsawError("io", error.message, hint);
}

/**
 * Opens a folder for a run: a new one, or (`resume`) that of an earlier run of the same settings, which goes on.
 * Nothing is changed where it is refused.
 */
export async function openRunFolder(
  folder: string,
  { command, data, settings: given }: RunAbout,
  tasks: readonly Task[],
  resume: boolean,
): Promise<RunFolder> {
  const path = join(folder, MANIFEST);
  const checksums = Object.fromEntries(tasks.map((task) => [task.id, taskChecksum(task)]));
  const dataSha256 = digestOfAll(new Map(Object.entries(checksums)));
  // As they will be read again: without what is undefined.
  const settings = JSON.parse(JSON.stringify({ ...given, dataSha256 }));
  try {
    await claimFolder(folder, MANIFEST);
    const saved = await readManifest(folder);
    const answers = await readAnswers(folder);
    if (saved && answers.size) {
      if (!resume) {
        const hint = "Go on with it by --resume, or name another --out.";
        throw new JigsawError("bad-option", `${folder} holds the results of ${answers.size} tasks`, hint);
      }
      checkSame(folder, MANIFEST, saved.settings, settings);
    }
    const now = new Date().toISOString();
    const begun = saved && answers.size > 0;
    const manifest: Manifest = {
      format: FORMAT,
      run: begun ? saved.run : randomUUID(),
      started: begun ? saved.started : now,
      resumed: begun ? [...saved.resumed, now] : [],
      finished: null,
      ...{ command: [...command], data: [...data], settings, tasks: checksums, hosts: [], devices: [] },
    };
    await writeJson(path, manifest);
    await mkdir(join(folder, TASKS), { recursive: true });
    return {
      manifest,
      answers,
      async add(answer) {
        try {
          await writeJson(join(folder, TASKS, `${fileNameOf(answer.task)}.json`), answer);
        } catch (error) {
          throw kept(error, folder);
        }
        answers.set(answer.task, answer);
      },
      async finish(reports) {
        const all = [...answers.values()];
        const different = (values: readonly string[]) => [...new Set(values)].sort();
        const where = {
          hosts: different(all.map(({ host }) => host)),
          devices: different(all.map(({ device }) => device)),
        };
        try {
          await writeFiles(folder, reports);
          await writeJson(path, { ...manifest, ...where, finished: new Date().toISOString() });
        } catch (error) {
          throw kept(error, folder);
        }
      },
    };
  } catch (error) {
    throw kept(ioError(error, `cannot use ${folder}`), folder);
  }
}

export interface FinishedRun {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly results: readonly OutputResult[];
}

/** Reads the folder of a finished evaluation. */
export async function readRun(folder: string): Promise<FinishedRun> {
  const manifest = await readManifest(folder);
  const unknown = `Name folders that "jigsaw eval --out" wrote.`;
  if (!manifest) throw new JigsawError("not-found", `${folder}: no evaluation's folder`, unknown);
  if (manifest.finished === null) {
    const hint = `Finish it first: the command that began it, with --resume.`;
    throw new JigsawError("bad-option", `${folder}: the evaluation is not finished`, hint);
  }
  const path = join(folder, RESULTS);
  const lines = ((await textOf(path)) ?? "").split("\n").filter(Boolean);
  const results = lines.map((line, i) => {
    const result = parseWith(outputResultSchema, line);
    if (!result) throw new JigsawError("io", `${path}, line ${i + 1}: not a result of an evaluation`);
    return result;
  });
  return { folder, manifest, results };
}

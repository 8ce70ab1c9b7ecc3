// The files of a run's folder: manifest, answers, outcomes. Node only.
import { appendFile, mkdir, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import type { Task } from "../../arc/task.ts";
import { JigsawError } from "../../core/errors.ts";
import { ioError, writeFileAtomically } from "../../files/atomic.ts";
import { ifThere, writeJson } from "../../files/json.ts";
import { sha256 } from "../../hub/content.ts";
import { type Manifest, manifestSchema, outcomeLineSchema } from "../manifest.ts";
import { type Answer, answerSchema, type Outcome } from "../outcome.ts";

const RESULTS = "results.jsonl";
const TASKS = "tasks";

/** SHA-256 of what is asked: demonstrations and test inputs, in their order. */
export const taskChecksum = ({ train, test }: Task): string =>
  sha256(JSON.stringify([train.map(({ input, output }) => [input, output]), test.map(({ input }) => input)]));

/** Longer names are cut and end with a checksum. */
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

/** Resolves as `read` does, or to undefined where the file or folder does not exist. */
const readIfThere = <T>(path: string, read: Promise<T>): Promise<T | undefined> =>
  ifThere(
    read.catch((error) => {
      throw ioError(error, `cannot read ${path}`);
    }),
  );

const textOf = (path: string) => readIfThere(path, readFile(path, "utf8"));
export const namesIn = async (folder: string) => (await readIfThere(folder, readdir(folder))) ?? [];

/** Writes files into a folder by name. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files))
    await writeFileAtomically(join(folder, name), (file) => file.writeFile(text));
}

function parseWith<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readAnswers(folder: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const name of (await namesIn(join(folder, TASKS))).sort()) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    const path = join(folder, TASKS, name);
    const answer = parseWith(answerSchema, (await textOf(path)) ?? "");
    if (!answer || name !== `${fileNameOf(answer.task)}.json`)
      throw new JigsawError(
        "io",
        `${path}: not a task's answer`,
        "Move the file away; the task is done again.",
      );
    answers.push(answer);
  }
  return answers;
}

/** The whole lines of results.jsonl, and the bytes that they take where more follows. */
export async function readOutcomes(folder: string): Promise<{ outcomes: Outcome[]; bytes?: number }> {
  const path = join(folder, RESULTS);
  const text = (await textOf(path)) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const outcomes = whole
    .split("\n")
    .slice(0, -1)
    .map((line, i) => {
      const outcome = parseWith(outcomeLineSchema, line);
      if (outcome) return outcome;
      const hint = "Take the line out; where the run goes on, it is done again.";
      throw new JigsawError("io", `${path}, line ${i + 1}: not a result of a run`, hint);
    });
  return { outcomes, ...(whole.length < text.length && { bytes: Buffer.byteLength(whole) }) };
}

export async function readManifest(path: string): Promise<Manifest | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  const manifest = parseWith(manifestSchema, text);
  if (manifest) return manifest;
  const hint = "Name another folder, or put the file back as it was.";
  throw new JigsawError("io", `${path}: not a run's manifest`, hint);
}

/** How the results of a kind of run are kept in its folder. */
export interface RunKind<Result> {
  readonly format: Manifest["format"];
  /** The manifest's name. */
  readonly manifest: string;
  read(folder: string): Promise<Result[]>;
  write(folder: string, result: Result): Promise<void>;
}

/** `jigsaw eval`: a file for each task's answer in tasks/; results.jsonl is one of its reports. */
export const EVALUATION: RunKind<Answer> = {
  format: "jigsaw-eval/1",
  manifest: "manifest.json",
  read: readAnswers,
  async write(folder, answer) {
    await mkdir(join(folder, TASKS), { recursive: true });
    await writeJson(join(folder, TASKS, `${fileNameOf(answer.task)}.json`), answer);
  },
};

/** `jigsaw arena`: a line of results.jsonl for each decoder and puzzle. */
export const ARENA: RunKind<Outcome> = {
  format: "jigsaw-arena/2",
  manifest: "arena.json",
  async read(folder) {
    const { outcomes, bytes } = await readOutcomes(folder);
    // A killed process may have left half a line.
    const path = join(folder, RESULTS);
    if (bytes !== undefined)
      await truncate(path, bytes).catch((error) => {
        throw ioError(error, `cannot write ${path}`);
      });
    return outcomes;
  },
  async write(folder, outcome) {
    const path = join(folder, RESULTS);
    await appendFile(path, `${JSON.stringify(outcome)}\n`).catch((error) => {
      throw ioError(error, `cannot write ${path}`);
    });
  },
};

// An arena's folder while it runs: arena.json (settings) and results.jsonl (a line for each decoder and puzzle). Node only.
import { mkdir, open, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { JigsawError } from "../../core/errors.ts";
import { ioError, writeFileAtomically } from "../../files/atomic.ts";
import { type Result, resultSchema } from "../attempt.ts";

const [SETTINGS, RESULTS] = ["arena.json", "results.jsonl"] as const;
const FORMAT = "jigsaw-arena/1";

export type ArenaSettings = Settings;

export interface Journal {
  /** What was there already. */
  readonly done: readonly Result[];
  /** Appends a line. */
  add(result: Result): Promise<void>;
  close(): Promise<void>;
}

/** The text of a file; undefined where there is none. */
export const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw ioError(error, `cannot read ${path}`);
  });

/** Reads the whole lines; what a killed writer left of the last one is cut off. */
async function readResults(path: string): Promise<Result[]> {
  const text = (await textOf(path)) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
  return whole
    .split("\n")
    .slice(0, -1)
    .map((line, i) => {
      try {
        return resultSchema.parse(JSON.parse(line));
      } catch {
        throw new JigsawError(
          "io",
          `${path}, line ${i + 1}: not a result of the arena`,
          "Take the line out; it will be done again.",
        );
      }
    });
}

/** Makes a folder that is not there; refuses one of other files than those of a run, which always has `own`. */
export async function claimFolder(folder: string, own: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  if (names.length && !names.includes(own)) {
    const hint = "Name a folder that is empty or not there yet.";
    throw new JigsawError("bad-option", `${folder} holds other files (${names[0]})`, hint);
  }
}

type Settings = Readonly<Record<string, unknown>>;

/** Refuses a folder whose results were made with other settings (kept in its file `own`), and says which differ. */
export function checkSame(folder: string, own: string, saved: Settings, settings: Settings): void {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(settings)])];
  const differing = names.filter((name) => !isDeepStrictEqual(saved[name], settings[name]));
  if (differing.length === 0) return;
  throw new JigsawError(
    "bad-option",
    `${folder} holds results of other settings: ${differing.join(", ")}`,
    `Name another --out, or go on with the settings in ${join(folder, own)}.`,
  );
}

/** Opens a folder for results, a new one or that of an earlier run of the same settings, which goes on. */
export async function openJournal(folder: string, given: ArenaSettings): Promise<Journal> {
  // As it will be read again: without what is undefined.
  const settings: ArenaSettings = JSON.parse(JSON.stringify({ format: FORMAT, ...given }));
  const path = join(folder, RESULTS);
  try {
    await claimFolder(folder, SETTINGS);
    const done = await readResults(path);
    const saved = await textOf(join(folder, SETTINGS));
    if (saved !== undefined && done.length) checkSame(folder, SETTINGS, JSON.parse(saved), settings);
    else await writeJson(join(folder, SETTINGS), settings);
    const file = await open(path, "a");
    return {
      done,
      add: async (result) => {
        await file.appendFile(`${JSON.stringify(result)}\n`);
      },
      close: () => file.close(),
    };
  } catch (error) {
    throw ioError(error, `cannot use ${folder}`);
  }
}

const writeText = (path: string, text: string): Promise<void> =>
  writeFileAtomically(path, (file) => file.writeFile(text));

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`);

/** Writes files into a folder by name. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeText(join(folder, name), text);
}

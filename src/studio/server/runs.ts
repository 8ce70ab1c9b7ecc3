// The runs of `train`, `arena` and `eval` in a folder, each kind known by a file that only it writes.
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import type { MetricsLine, RunEvent, RunSummary } from "../shared/protocol.ts";
import { type ListedFile, listFolder, readListed } from "./listed-files.ts";

const MOST_BYTES = 64 * 2 ** 20;
const LOOK_AGAIN_MS = 500;

const FILES = {
  training: "metrics.jsonl",
  evaluation: "report.html",
  arena: "summary.json",
} as const satisfies Record<RunSummary["kind"], string>;
const SETTINGS = "training_args.json";
const MANIFEST = "manifest.json";

type Kind = RunSummary["kind"];

interface Run {
  readonly kind: Kind;
  readonly folder: ListedFile;
  readonly files: ReadonlyMap<string, ListedFile>;
}

const filesOf = async (folder: ListedFile): Promise<ReadonlyMap<string, ListedFile>> =>
  new Map((await listFolder(folder.path)).map((file) => [file.name, file]));

async function runIn(folder: ListedFile): Promise<Run | undefined> {
  const files = await filesOf(folder).catch(() => undefined);
  const kind = (Object.keys(FILES) as Kind[]).find((name) => files?.has(FILES[name]));
  return kind && { kind, folder, files: files! };
}

async function json(run: Run, name: string): Promise<unknown> {
  const file = run.files.get(name);
  const text = file && (await readListed(file, MOST_BYTES));
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const settingsSchema = z.looseObject({ steps: z.int(), objective: z.string() });
const evaluationSchema = z.looseObject({
  settings: z.looseObject({ model: z.string(), decoder: z.string() }),
  finished: z.nullish(z.string()),
});
const arenaSchema = z.looseObject({ decoders: z.array(z.looseObject({ decoder: z.string() })) });

/** A run in a few words. */
async function aboutRun(run: Run): Promise<string> {
  if (run.kind === "training") {
    const { data } = settingsSchema.safeParse(await json(run, SETTINGS));
    return data ? `${data.objective}, ${data.steps} steps` : "";
  }
  if (run.kind === "evaluation") {
    const { data } = evaluationSchema.safeParse(await json(run, MANIFEST));
    const state = data?.finished === null ? ", not finished" : "";
    return data ? `${data.settings.decoder}, ${data.settings.model}${state}` : "";
  }
  const { data } = arenaSchema.safeParse(await json(run, FILES.arena));
  return data ? data.decoders.map(({ decoder }) => decoder).join(", ") : "";
}

/** The runs of a folder, the latest first. */
export async function listRuns(folder: string): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const inside of await listFolder(folder)) {
    const run = inside.isFolder ? await runIn(inside) : undefined;
    if (!run) continue;
    const changed = Math.max(...[...run.files.values()].map((file) => file.changed));
    summaries.push({ name: inside.name, kind: run.kind, changed, about: await aboutRun(run) });
  }
  return summaries.sort((a, b) => b.changed - a.changed);
}

/** A run of some kind by its name, among the runs that exist. */
async function findRun(folder: string | undefined, name: string, kind: Kind): Promise<Run> {
  const inside = folder && (await listFolder(folder)).find((one) => one.isFolder && one.name === name);
  const run = inside && (await runIn(inside));
  if (run && run.kind === kind) return run;
  throw new JigsawError("not-found", `no ${kind} run "${name.slice(0, 80)}"`);
}

/**
 * The parsed summary.json of an arena run.
 * @throws JigsawError "not-found" for a run that is not there
 */
export async function arenaSummary(folder: string | undefined, name: string): Promise<unknown> {
  const summary = await json(await findRun(folder, name, "arena"), FILES.arena);
  if (summary !== undefined) return summary;
  throw new JigsawError("not-found", `the summary of ${name} cannot be read`);
}

/**
 * The HTML of an evaluation's report.
 * @throws JigsawError "not-found" for a run that is not there
 */
export async function reportOf(folder: string | undefined, name: string): Promise<string> {
  const run = await findRun(folder, name, "evaluation");
  const text = await readListed(run.files.get(FILES.evaluation)!, MOST_BYTES);
  if (text !== undefined) return text;
  throw new JigsawError("not-found", `the report of ${name} cannot be read`);
}

const metricsSchema = z.looseObject({
  step: z.number(),
  loss: z.number(),
  learning_rate: z.number(),
  sequences_per_second: z.number(),
});

/** The lines that are written whole. */
function metricsIn(text: string): { key: string; line: MetricsLine }[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .flatMap((key) => {
      try {
        const parsed = metricsSchema.safeParse(JSON.parse(key));
        return parsed.success ? [{ key, line: parsed.data as MetricsLine }] : [];
      } catch {
        return [];
      }
    });
}

/** Finds a training run; the function it gives iterates over what the run has logged and goes on to log. */
export async function openTraining(
  folder: string | undefined,
  name: string,
): Promise<(signal: AbortSignal) => AsyncGenerator<RunEvent, void>> {
  const run = await findRun(folder, name, "training");
  return (signal) => followTraining(run, signal);
}

async function* followTraining(run: Run, signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  let [settings, stamp, seen]: [string, string, readonly string[]] = ["", "", []];
  let first = true;
  while (!signal.aborted) {
    // A folder that is gone for a moment, or for good, tells nothing.
    const files = await filesOf(run.folder).catch(() => new Map<string, ListedFile>());
    const now = JSON.stringify([files.get(SETTINGS), files.get(FILES.training)]);
    if (now !== stamp) {
      stamp = now;
      const { data } = settingsSchema.safeParse(await json({ ...run, files }, SETTINGS));
      if (data && JSON.stringify(data) !== settings) {
        settings = JSON.stringify(data);
        yield { type: "settings", settings: data, steps: data.steps };
      }
      const file = files.get(FILES.training);
      const found = metricsIn((file && (await readListed(file, MOST_BYTES))) ?? "");
      const goesOn = seen.every((key, i) => key === found[i]?.key);
      const lines = found.slice(goesOn ? seen.length : 0).map(({ line }) => line);
      const begins = first || !goesOn;
      if (lines.length > 0 || begins) yield { type: "metrics", lines, ...(begins && { restart: true }) };
      seen = found.map(({ key }) => key);
      first = false;
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

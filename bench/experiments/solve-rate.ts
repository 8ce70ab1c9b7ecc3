// Solve rates on fresh puzzles: both models, several decoders, two baselines.
//
//   npx tsx bench/experiments/solve-rate.ts [--per-family 10] [--levels easy,medium,hard] [--uncached 1] [--weights float32|int8] [--out FILE.md]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Baseline, copyInput, mostFrequentOutput } from "../../src/arc/baselines.ts";
import type { Grid } from "../../src/arc/grid.ts";
import { cellAccuracy, exact, wrongSize } from "../../src/arc/score.ts";
import type { Task } from "../../src/arc/task.ts";
import { JigsawError } from "../../src/core/errors.ts";
import { decoders } from "../../src/decode/decoders/index.ts";
import type { Decoder } from "../../src/decode/define.ts";
import { promptOf, type SizeSource } from "../../src/decode/puzzle-prompt.ts";
import type { Cache } from "../../src/decode/session.ts";
import { type Ledger, newLedger } from "../../src/engine/ledger.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { loadModel } from "../../src/load.ts";
import type { Precision } from "../../src/model/quantize.ts";
import { type Family, families, generatePuzzle, type Level } from "../../src/puzzles/index.ts";
import { median, table, wilson } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    "per-family": { type: "string", default: "10" },
    levels: { type: "string", default: "easy,medium,hard" },
    uncached: { type: "string", default: "1" },
    threads: { type: "string" },
    weights: { type: "string", default: "float32" },
    jigsaw: { type: "string", default: "jigsaw-tiny" },
    typewriter: { type: "string", default: "typewriter-tiny" },
    out: { type: "string" },
  },
});
const perFamily = Number(values["per-family"]);

/** Never a training seed: streams of training draw under another key altogether. */
const SEED = "evaluation";

interface Result {
  readonly exact: boolean;
  readonly cells: number;
  readonly wrongSize: boolean;
  readonly ledger?: Ledger;
}

const judge = (grid: Grid, answer: Grid, ledger?: Ledger): Result => ({
  exact: exact(grid, answer),
  cells: cellAccuracy(grid, answer),
  wrongSize: wrongSize(grid, answer),
  ...(ledger && { ledger }),
});

const engine = await openEngine({
  device: "cpu",
  ...(values.threads && { threads: Number(values.threads) }),
});
const models = {
  "masked-diffusion": (await loadModel(values.jigsaw, { engine, precision: values.weights as Precision }))
    .model,
  autoregressive: (await loadModel(values.typewriter, { engine, precision: values.weights as Precision }))
    .model,
};

interface Way {
  readonly name: string;
  readonly decoder: Decoder;
  readonly steps: number;
  readonly cache: Cache;
  readonly size: SizeSource;
  /** Puzzles of each family that it is tried on. */
  readonly count: number;
}

const way = (decoder: Decoder, steps: number, cache: Cache, size: SizeSource, count: number): Way => {
  const notes = [cache === "none" ? ", no cache" : "", size === "model" ? ", size by the model" : ""];
  const name = `${decoder.name}${steps ? ` ${steps}` : ""}${notes.join("")}`;
  return { name, decoder, steps, cache, size, count };
};

const ways: Way[] = [
  way(decoders.greedy, 0, "prompt", "rules", perFamily),
  way(decoders.greedy, 0, "prompt", "model", perFamily),
  ...[5, 10, 30].flatMap((steps) => [
    way(decoders.steps, steps, "prompt", "rules", perFamily),
    way(decoders.steps, steps, "none", "rules", Number(values.uncached)),
  ]),
  way(decoders.steps, 10, "prompt", "model", perFamily),
];

async function decode({ decoder, steps, cache, size }: Way, task: Task): Promise<Result> {
  const ledger = newLedger();
  const model = models[decoder.objective as keyof typeof models];
  const prompt = promptOf(model, task, 0, size);
  const [found] = await decoder.decode(model, prompt, { steps, cache }, { ledger }).candidates;
  return judge(found!.answer, task.test[0]!.output!, ledger);
}

const summarize = (name: string, results: readonly Result[]): string[] => {
  const mean = (of: (r: Result) => number) => results.reduce((sum, r) => sum + of(r), 0) / results.length;
  const right = results.filter((r) => r.exact).length;
  const [low, high] = wilson(right, results.length);
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
  const costs = results[0]?.ledger
    ? [
        mean((r) => r.ledger!.passes).toFixed(1),
        median(results.map((r) => r.ledger!.promptMs)).toFixed(1),
        median(results.map((r) => r.ledger!.decodeMs)).toFixed(1),
      ]
    : ["-", "-", "-"];
  const rate = `${right} of ${results.length} = ${percent(right / results.length)} (${percent(low)} to ${percent(high)})`;
  return [name, rate, percent(mean((r) => r.cells)), percent(mean((r) => Number(r.wrongSize))), ...costs];
};

const HEADER = ["", "exact (95 % interval)", "cells right", "wrong size", "passes", "prompt ms", "decode ms"];
const report: string[] = [];
const print = (line: string) => {
  report.push(line);
  console.log(line);
};

/** The puzzles of a family that answers are judged on; fewer where the level has none. */
function puzzles(family: Family, level: Level): Task[] {
  return Array.from({ length: perFamily }, (_, i) => generatePuzzle(family, level, SEED, i));
}

for (const level of values.levels.split(",") as Level[]) {
  for (const [title, heldOut] of [
    ["families trained on", false],
    ["families never trained on", true],
  ] as const) {
    const chosen = Object.values<Family>(families).filter((family) => (family.heldOut === true) === heldOut);
    const results = new Map<string, Result[]>();
    const add = (name: string, result: Result) => results.set(name, [...(results.get(name) ?? []), result]);
    const byFamily: string[] = [];
    for (const family of chosen) {
      const seen = Array.from({ length: 100 }, (_, i) => generatePuzzle(family, level, "baseline", i));
      const baselines: Record<string, Baseline> = {
        "copy the input": copyInput,
        "most frequent output": mostFrequentOutput(seen),
      };
      const solved = new Map<string, number>();
      for (const [i, task] of puzzles(family, level).entries()) {
        for (const [name, baseline] of Object.entries(baselines)) {
          add(name, judge(baseline(task, task.test[0]!.input), task.test[0]!.output!));
        }
        for (const way of ways) {
          if (i >= way.count) continue;
          try {
            const result = await decode(way, task);
            add(way.name, result);
            solved.set(way.name, (solved.get(way.name) ?? 0) + Number(result.exact));
          } catch (error) {
            if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
          }
        }
      }
      byFamily.push(`${family.name} ${solved.get("greedy") ?? 0}/${solved.get("steps 10") ?? 0}`);
    }
    print(`\n### ${level}, ${title} (${chosen.length} families, ${perFamily} puzzles each)\n`);
    print(
      table(
        HEADER,
        [...results].map(([name, list]) => summarize(name, list)),
      ),
    );
    print(`\nSolved of ${perFamily} by greedy / steps 10: ${byFamily.join(", ")}.`);
  }
}
await engine.close();
if (values.out) writeFileSync(values.out, `${report.join("\n")}\n`);

// The curve of training runs: solve rate of every checkpoint on the same fresh puzzles, over the tokens seen.
//
//   npx tsx bench/experiments/adaptation.ts --runs runs/scratch,runs/adapted [--per-family 4] [--steps 10] [--threads 1]
//
// How the runs of the adaptation experiment were made stands in docs/lab-notes.md.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { cellAccuracy, exact, wrongSize } from "../../src/arc/score.ts";
import { steps } from "../../src/decode/decoders/steps.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { loadModel } from "../../src/load.ts";
import { generatePuzzle, trainedFamilies } from "../../src/puzzles/index.ts";
import { table, wilson } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    "per-family": { type: "string", default: "4" },
    steps: { type: "string", default: "10" },
    threads: { type: "string", default: "1" },
  },
});
if (!values.runs) throw new Error("--runs is needed: folders of runs, comma-separated");

/** Never a training seed: streams of training draw under another key altogether. */
const SEED = "adaptation";
const puzzles = trainedFamilies.flatMap((family) =>
  Array.from({ length: Number(values["per-family"]) }, (_, i) =>
    generatePuzzle(family, "easy", SEED, family.name, i),
  ),
);

interface Line {
  readonly step: number;
  readonly loss: number;
  readonly tokens: number;
}

const engine = await openEngine({ device: "cpu", threads: Number(values.threads) });
const rows: string[][] = [];
for (const run of values.runs.split(",")) {
  const metrics: Line[] = readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const checkpoints = readdirSync(run)
    .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  for (const step of checkpoints) {
    const { model } = await loadModel(join(run, `checkpoint-${step}`), { engine });
    let [solved, cells, sizes] = [0, 0, 0];
    for (const task of puzzles) {
      const answer = task.test[0]!.output!;
      const options = { cache: "prompt", steps: Number(values.steps) } as const;
      const [found] = await steps.decode(model, promptOf(model, task), options).candidates;
      const grid = found!.answer;
      solved += Number(exact(grid, answer));
      cells += cellAccuracy(grid, answer);
      sizes += Number(!wrongSize(grid, answer));
    }
    await model.close();
    const { loss, tokens } = metrics.findLast((line) => line.step <= step)!;
    const percent = (count: number) => `${((100 * count) / puzzles.length).toFixed(1)} %`;
    const [low, high] = wilson(solved, puzzles.length);
    rows.push([
      basename(run),
      String(step),
      `${(tokens / 1e6).toFixed(2)} M`,
      loss.toFixed(3),
      `${percent(solved)} (${(100 * low).toFixed(0)}-${(100 * high).toFixed(0)})`,
      percent(cells),
      percent(sizes),
    ]);
    console.error(rows.at(-1)!.join("  "));
  }
}
await engine.close();
console.log(`${puzzles.length} puzzles, steps ${values.steps}; sizes by the model; 95 % intervals.\n`);
console.log(table(["run", "step", "tokens", "training loss", "solved", "cells", "sizes right"], rows));

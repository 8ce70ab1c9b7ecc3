// Time of `greedy` and `steps 10` with prompt cache on answers of 60 cells or more, prompt and decoding apart, both
// on the same puzzles in turn.
//
//   npx tsx bench/speed/decode-time.ts [--puzzles 40] [--repeats 5]
import { parseArgs } from "node:util";
import { area } from "../../src/arc/grid.ts";
import type { Task } from "../../src/arc/task.ts";
import { decoders } from "../../src/decode/decoders/index.ts";
import type { Decoder } from "../../src/decode/define.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { newLedger } from "../../src/engine/ledger.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { loadModel } from "../../src/load.ts";
import type { Model } from "../../src/model/model.ts";
import { generatePuzzle, trainedFamilies } from "../../src/puzzles/index.ts";
import { median, table } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    puzzles: { type: "string", default: "40" },
    repeats: { type: "string", default: "5" },
    jigsaw: { type: "string", default: "jigsaw-tiny" },
    typewriter: { type: "string", default: "typewriter-tiny" },
    threads: { type: "string" },
  },
});
const CELLS = 60;
const STEPS = [5, 10, 30];

const engine = await openEngine({
  device: "cpu",
  ...(values.threads && { threads: Number(values.threads) }),
});
const jigsaw = (await loadModel(values.jigsaw, { engine })).model;
const typewriter = (await loadModel(values.typewriter, { engine })).model;

const tasks: Task[] = [];
for (let i = 0; tasks.length < Number(values.puzzles); i++) {
  const task = generatePuzzle(trainedFamilies[i % trainedFamilies.length]!, "medium", "timing", i);
  if (area(task.test[0]!.output!) >= CELLS) tasks.push(task);
}

/** Decodes once; the size is the model's own guess, so answers of fewer cells than asked for are left out by the caller. */
async function time(model: Model, decoder: Decoder, steps: number, task: Task) {
  const ledger = newLedger();
  const prompt = promptOf(model, task, 0, "rules");
  const [found] = await decoder.decode(model, prompt, { cache: "prompt", steps }, { ledger }).candidates;
  return { ...ledger, cells: area(found!.answer) };
}

const ways: { name: string; run: (task: Task) => ReturnType<typeof time> }[] = [
  { name: "greedy", run: (task) => time(typewriter, decoders.greedy, 0, task) },
  ...STEPS.map((steps) => ({
    name: `steps ${steps}`,
    run: (task: Task) => time(jigsaw, decoders.steps, steps, task),
  })),
];
const runs = new Map(
  ways.map(({ name }) => [name, [] as { prompt: number; decode: number; perCell: number; passes: number }[]]),
);
for (const task of tasks) {
  for (const { run } of ways) await run(task); // warm-up: first runs allocate
  const samples = ways.map(() => [] as Awaited<ReturnType<typeof time>>[]);
  for (let r = 0; r < Number(values.repeats); r++) {
    for (const [w, { run }] of ways.entries()) samples[w]!.push(await run(task));
  }
  if (samples.some((list) => list[0]!.cells < CELLS)) continue;
  for (const [w, { name }] of ways.entries()) {
    const list = samples[w]!;
    const decode = median(list.map((s) => s.decodeMs));
    runs.get(name)!.push({
      prompt: median(list.map((s) => s.promptMs)),
      decode,
      perCell: decode / list[0]!.cells,
      passes: list[0]!.passes,
    });
  }
}
const greedy = runs.get("greedy")!;
const rows = [...runs].map(([name, list]) => [
  name,
  median(list.map((s) => s.passes)).toFixed(0),
  median(list.map((s) => s.prompt)).toFixed(1),
  median(list.map((s) => s.decode)).toFixed(1),
  `${median(list.map((s, i) => greedy[i]!.perCell / s.perCell)).toFixed(2)}x`,
]);
console.log(
  `${greedy.length} puzzles with answers of ${CELLS} cells or more, medians of ${values.repeats} repeats\n`,
);
console.log(
  table(["", "passes", "prompt ms", "decoding ms", "decoding speed per cell, against greedy"], rows),
);
await engine.close();

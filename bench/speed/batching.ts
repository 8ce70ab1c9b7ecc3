// What several canvases in one pass cost, next to as many passes of one canvas: whether batching pays here.
//
//   npx tsx bench/speed/batching.ts [--model jigsaw-joint] [--puzzles 6] [--repeats 7]
import { parseArgs } from "node:util";
import { area, height, width } from "../../src/arc/grid.ts";
import { openCanvas, openSlots } from "../../src/decode/canvas.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { answerOf } from "../../src/decode/rounds.ts";
import { openSession } from "../../src/decode/session.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { loadModel } from "../../src/load.ts";
import { generatePuzzle, trainedFamilies } from "../../src/puzzles/index.ts";
import { median, table } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "jigsaw-joint" },
    puzzles: { type: "string", default: "6" },
    repeats: { type: "string", default: "7" },
  },
});
const BATCHES = [1, 2, 4, 8];
const LEVELS = { easy: [4, 30], medium: [60, 150], hard: [200, 900] } as const;

const engine = await openEngine({ device: "cpu" });
const { model } = await loadModel(values.model, { engine });
const rows: string[][] = [];
for (const [level, [least, most]] of Object.entries(LEVELS)) {
  const times = BATCHES.map(() => [] as number[]);
  const cells: number[] = [];
  for (let i = 0; cells.length < Number(values.puzzles); i++) {
    const task = generatePuzzle(trainedFamilies[i % trainedFamilies.length]!, level as "easy", "batching", i);
    const output = task.test[0]!.output!;
    if (area(output) < least || area(output) > most) continue;
    cells.push(area(output));
    const prompt = promptOf(model, task);
    await using session = openSession(model, prompt);
    const canvas = openCanvas(prompt.format.layoutOf([height(output), width(output)]));
    const answer = answerOf(session, canvas, openSlots(canvas));
    for (const [b, batch] of BATCHES.entries()) {
      const asked = Array.from({ length: batch }, () => answer);
      await session.predict(asked);
      const samples: number[] = [];
      for (let r = 0; r < Number(values.repeats); r++) {
        const start = performance.now();
        await session.predict(asked);
        samples.push(performance.now() - start);
      }
      times[b]!.push(median(samples) / batch);
    }
  }
  rows.push([
    `${level}, median ${median(cells)} cells`,
    ...times.map((list) => `${median(list.map((t, i) => times[0]![i]! / t)).toFixed(2)}x`),
  ]);
}
console.log(
  `${values.puzzles} puzzles a row, medians of ${values.repeats} repeats; canvases a second, against one a pass\n`,
);
console.log(table(["canvases in a pass", ...BATCHES.map(String)], rows));
await model.close();
await engine.close();

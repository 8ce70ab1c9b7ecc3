// How early cells of the background (the commonest colour of the true answer) and of the foreground are committed
// under each order of `steps`, and how often they are right.
//
//   npx tsx bench/experiments/commit-order.ts [--model jigsaw-joint] [--puzzles 100] [--steps 10] [--level easy]
import { parseArgs } from "node:util";
import { steps } from "../../src/decode/decoders/steps.ts";
import { ORDERS } from "../../src/decode/orders.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { openEngine } from "../../src/engine/node/open.ts";
import { loadModel } from "../../src/load.ts";
import { generatePuzzle, type Level, trainedFamilies } from "../../src/puzzles/index.ts";
import { table } from "../statistics.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "jigsaw-joint" },
    puzzles: { type: "string", default: "100" },
    steps: { type: "string", default: "10" },
    level: { type: "string", default: "easy" },
  },
});

/** Of cells of one kind: how many, the sum of when they were committed (0 first, 1 last), how many were right. */
interface Tally {
  cells: number;
  when: number;
  right: number;
}
const newTally = (): Tally => ({ cells: 0, when: 0, right: 0 });

const commonest = (cells: readonly number[]): number =>
  cells.toSorted(
    (a, b) => cells.filter((c) => c === b).length - cells.filter((c) => c === a).length || a - b,
  )[0]!;

const engine = await openEngine({ device: "cpu" });
const { model } = await loadModel(values.model, { engine });
const rows: string[][] = [];
for (const order of ORDERS) {
  const [background, foreground] = [newTally(), newTally()];
  let [solved, tried] = [0, 0];
  for (let i = 0; i < Number(values.puzzles); i++) {
    const family = trainedFamilies[i % trainedFamilies.length]!;
    const task = generatePuzzle(family, values.level as Level, "commit-order", i);
    const truth = task.test[0]!.output!.flat();
    const prompt = promptOf(model, task, 0, "rules");
    const committed: (readonly number[])[] = [];
    let cells: readonly number[] = [];
    for await (const frame of steps.decode(model, prompt, { steps: Number(values.steps), order })) {
      committed.push(frame.committed);
      cells = frame.slots;
    }
    if (cells.length !== truth.length) continue;
    const common = commonest(truth);
    for (const [round, list] of committed.entries()) {
      for (const cell of list) {
        const tally = truth[cell] === common ? background : foreground;
        tally.cells++;
        tally.when += round / Math.max(1, committed.length - 1);
        tally.right += Number(cells[cell] === truth[cell]);
      }
    }
    tried++;
    solved += Number(truth.every((colour, cell) => cells[cell] === colour));
  }
  const shown = ({ cells, when, right }: Tally) => [
    (when / cells).toFixed(2),
    `${((100 * right) / cells).toFixed(1)} %`,
  ];
  rows.push([order, `${solved}/${tried}`, ...shown(background), ...shown(foreground)]);
}
console.log(
  `steps ${values.steps} on ${values.puzzles} ${values.level} puzzles (those of the right size); when: 0 in the first round, 1 in the last\n`,
);
console.log(table(["order", "solved", "background when", "right", "foreground when", "right"], rows));
await model.close();
await engine.close();

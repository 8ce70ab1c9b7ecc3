// jigsaw demo: the bundled examples, typewriter and jigsaw side by side. What `npm start` runs.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import { scoreAttempts } from "../arc/score.ts";
import type { Task } from "../arc/task.ts";
import { readTasks } from "../datasets/index.ts";
import { decoders } from "../decode/decoders/index.ts";
import type { Decoder } from "../decode/define.ts";
import { openEngine } from "../engine/node/open.ts";
import { loadModel, packageFolder } from "../load.ts";
import type { Model } from "../model/model.ts";
import type { TestSolution } from "../solve/solution.ts";
import { solveTest, type ViewFrame } from "../solve/solve.ts";
import { warn, withInterrupt } from "./harness.ts";
import { drawFrame, drawGrids, ledgerLine, titled, verdict } from "./show.ts";
import { drawGrid, plural, sideBySide } from "./terminal.ts";

/** Milliseconds between frames in a terminal. */
const DELAY = 30;

interface Racer {
  readonly title: string;
  readonly decoder: Decoder;
  readonly model: Model;
}

/** Both decoders on one puzzle, a frame of each in turn. */
async function race(racers: readonly Racer[], task: Task, signal: AbortSignal): Promise<TestSolution[]> {
  const screen = createLogUpdate(process.stdout);
  const input = titled("input", drawGrid(task.test[0]!.input));
  const solving = racers.map(({ model, decoder }) => solveTest(model, { decoder }, task, 0, {}, signal));
  const shown: (ViewFrame | undefined)[] = racers.map(() => undefined);
  const solutions: (TestSolution | undefined)[] = racers.map(() => undefined);
  const frames = solving.map((one) => one[Symbol.asyncIterator]());
  while (solutions.includes(undefined)) {
    for (const [i, { result }] of solving.entries()) {
      if (solutions[i]) continue;
      const next = await frames[i]!.next();
      if (next.done) solutions[i] = await result;
      else if (next.value.view === 0) shown[i] = next.value;
    }
    if (!process.stdout.isTTY) continue;
    const canvases = racers.map(({ title }, i) => titled(title, shown[i] ? drawFrame(shown[i]) : []));
    screen(sideBySide([input, ...canvases]).join("\n"));
    await sleep(DELAY);
  }
  if (process.stdout.isTTY) screen.clear();
  return solutions as TestSolution[];
}

/** Prints a puzzle with the first attempt of each racer, and what it cost. */
function printRace(racers: readonly Racer[], task: Task, solutions: readonly TestSolution[]): boolean[] {
  const { input, output } = task.test[0]!;
  const attempts = Object.fromEntries(racers.map(({ title }, i) => [title, solutions[i]!.attempts[0]]));
  console.log(
    `${task.id}\n${drawGrids({ input, ...attempts, ...(output && { answer: output }) }).join("\n")}`,
  );
  const right = solutions.map(({ attempts, ledger }, i) => {
    const { correct, firstCorrect } = scoreAttempts([...attempts], output);
    const by = correct && !firstCorrect ? " by the second attempt" : "";
    console.log(`  ${racers[i]!.title}: ${verdict(correct)}${by}; ${ledgerLine(ledger.decoding)}`);
    return correct === true;
  });
  console.log("");
  return right;
}

async function demo(signal: AbortSignal): Promise<void> {
  const tasks = await readTasks([join(packageFolder, "examples")]);
  const engine = await openEngine({ device: "cpu", worker: true });
  try {
    const racers: Racer[] = [];
    for (const [title, decoder] of [
      ["typewriter", decoders.greedy],
      ["jigsaw", decoders.steps],
    ] as const) {
      racers.push({ title, decoder, model: (await loadModel(decoder.model, { engine, warn })).model });
    }
    console.log(
      `${plural(tasks.length, "puzzle")} that neither model was trained on: three demonstrations tell a rule, which`,
    );
    console.log(
      "is to be applied to the input. The typewriter writes cell by cell, the jigsaw what it is sure of first.\n",
    );
    const right = racers.map(() => 0);
    for (const task of tasks) {
      const solutions = await race(racers, task, signal);
      for (const [i, ok] of printRace(racers, task, solutions).entries()) right[i]! += Number(ok);
    }
    for (const [i, { title }] of racers.entries())
      console.log(`${title}: ${right[i]} of ${tasks.length} right`);
    console.log(`
What to type next:
  npx jigsaw solve examples --decoder steps --steps 5      another number of rounds
  npx jigsaw puzzles generate --count 2 --seed 7 --out puzzles && npx jigsaw solve puzzles
  npx jigsaw train --help                                  train a model of your own
  npx jigsaw doctor                                        what this machine can run`);
  } finally {
    await engine.close();
  }
}

export const demoCommand = (): Command =>
  new Command("demo")
    .description("solve the bundled examples, both ways side by side")
    .action(() => withInterrupt(demo));

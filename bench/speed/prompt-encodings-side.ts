// A side of prompt-encodings.ts: tsx bench/speed/prompt-encodings-side.ts TREE MODEL THREADS SETTINGS TASK... (TREE empty for
// this one). A line on stdin solves every task once, answered by a line of JSON.
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { peakMemory } from "../peer-process.ts";

const [tree = "", name = "", threads = "2", settings = "{}", ...files] = process.argv.slice(2);

// biome-ignore lint/suspicious/noExplicitAny: the other commit's types are not here
type Any = any;

async function ours() {
  const [{ loadModel }, { openSolver }, { readTasks }] = await Promise.all([
    import("../../src/load.ts"),
    import("../../src/solve/solver.ts"),
    import("../../src/datasets/index.ts"),
  ]);
  return { loadModel, openSolver, readTasks };
}

async function theirs(): Promise<Any> {
  const modules = ["load.ts", "solve/solver.ts", "datasets/index.ts"];
  return Object.assign(
    {},
    ...(await Promise.all(modules.map((file) => import(join(resolve(tree), "src", file))))),
  );
}

const { loadModel, openSolver, readTasks }: Any = tree ? await theirs() : await ours();
const tasks = await readTasks(files);
const loaded = await loadModel(name, { worker: false, threads: Number(threads) });
let encoded = 0;
const model = {
  ...loaded.model,
  run(...given: Any[]) {
    if (given[3] === "prompt") encoded++;
    return loaded.model.run(...given);
  },
};
const solver = await openSolver({ ...loaded, model }, JSON.parse(settings));

/** The solution of a task: commit 35200bb gave a generator, whose return value it is. */
async function solutionOf(task: Any): Promise<Any> {
  const solving = solver.solve(task);
  if (solving.result) return solving.result;
  let next = await solving.next();
  while (!next.done) next = await solving.next();
  return next.value;
}

for await (const _ of createInterface(process.stdin)) {
  encoded = 0;
  const [began, used] = [performance.now(), process.cpuUsage()];
  const solutions: Any[] = [];
  for (const task of tasks) solutions.push(await solutionOf(task));
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  const tests: Any[] = solutions.flatMap((solution) => solution.tests);
  const ledgers: Any[] = tests.flatMap(({ ledger }) => [ledger.decoding, ledger.scoring]);
  const sum = (of: string): number => ledgers.reduce((total, ledger) => total + ledger[of], 0);
  const turn = {
    prompts: tree ? encoded : sum("prompts"),
    passes: sum("passes"),
    ms,
    cpuMs: (user + system) / 1000,
    promptMs: sum("promptMs"),
    peak: peakMemory(),
    attempts: tests.map(({ attempts }) => attempts),
  };
  console.log(JSON.stringify(turn));
}
await solver.close();
await loaded.close();

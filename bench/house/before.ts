// What commit 35200bb answers, frame by frame, as JSON lines: the fixture that the redesign is held against.
// git worktree add ../before 35200bb; ln -s $PWD/node_modules ../before/; npx tsx bench/house/before.ts ../before >runs/house.jsonl
import { join, resolve } from "node:path";
import { EASY, MEDIUM, pairs, SEED, SOLVING, TASKS } from "./cases.ts";

const tree = resolve(process.argv[2] ?? "");
const only = process.argv[3];
const load = (file: string) => import(join(tree, "src", file));

// biome-ignore lint/suspicious/noExplicitAny: the other commit's types are not here
type Any = any;
const { decoders }: Any = await load("decode/index.ts");
const { promptOf }: Any = await load("decode/decoder.ts");
const { newLedger }: Any = await load("engine/ledger.ts");
const { loadModel, shippedModels }: Any = await load("load.ts");
const { freshPuzzles }: Any = await load("evaluate/puzzles.ts");
const { trainedFamilies }: Any = await load("puzzles/index.ts");
const { readTasks }: Any = await load("datasets/index.ts");
const { openSolver }: Any = await load("solve/solver.ts");

const puzzles = [
  ...freshPuzzles(trainedFamilies, ["easy"], EASY, SEED),
  ...freshPuzzles(trainedFamilies, ["medium"], MEDIUM, SEED),
];
const tasks = await Promise.all(TASKS.map(async (name) => (await readTasks([name]))[0]));

const frameOf = ({ pass, rows, columns, cells, committed, retracted, close, view }: Any) => ({
  pass,
  shape: [rows, columns],
  slots: cells.map((id: number) => (id === 16 ? -1 : id)),
  committed,
  retracted,
  ties: close,
  ...(view !== undefined && { view }),
});
const print = (value: object) => console.log(JSON.stringify(value));

for (const [name, model] of pairs(decoders, shippedModels())) {
  if (only && only !== `${name}@${model}`) continue;
  const loaded = await loadModel(model, { worker: false, threads: 1 });
  const decoder = decoders[name];
  const trained: string[] = loaded.model.config.jigsaw.objectives;
  const needed: string[] = [decoder.objective, ...(decoder.needs ?? [])];
  const fits =
    needed.every((one) => trained.includes(one)) &&
    (name !== "speculative" || trained.includes("autoregressive"));
  if (!fits) {
    await loaded.close();
    continue;
  }
  for (const [i, { task, test }] of puzzles.entries()) {
    const ledger = newLedger();
    const prompt = promptOf(task, test, i % 2 ? "model" : "rules", loaded.model.config.jigsaw.pattern);
    const frames: Any[] = [];
    const decoding = decoder.decode(loaded.model, prompt, { maxPasses: 64 }, ledger);
    let next = await decoding.next();
    for (; !next.done; next = await decoding.next()) frames.push(frameOf(next.value));
    const candidates = next.value.map(({ grid, logProbability, runnerUp, visits }: Any) => ({
      answer: grid,
      logProbability,
      runnerUp,
      visits,
    }));
    print({
      kind: "decode",
      decoder: name,
      model,
      puzzle: i,
      passes: ledger.passes,
      sized: prompt.size !== undefined,
      frames,
      candidates,
    });
  }
  if (model === decoder.model) {
    for (const [i, task] of tasks.entries()) {
      const solver = await openSolver(loaded, { ...SOLVING, decoder: name });
      const solving = solver.solve(task);
      const frames: Any[] = [];
      let next = await solving.next();
      for (; !next.done; next = await solving.next())
        if (next.value.type === "frame") frames.push({ ...frameOf(next.value.frame), test: next.value.test });
      const { tests, training } = next.value;
      print({
        kind: "solve",
        decoder: name,
        model,
        task: i,
        frames,
        training: [training.firstLoss, training.lastLoss],
        tests,
      });
      await solver.close();
    }
  }
  await loaded.close();
  console.error(`${name} on ${model}`);
}

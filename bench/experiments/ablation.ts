// What each part of the solver adds, on ARC's own tasks: greedy -> + test-time training -> + views -> + product of experts
// -> + search. One training on a task serves all stages after the first.
//
//   npx tsx bench/experiments/ablation.ts --decoder greedy --search dfs --model typewriter-tiny --data PATH,PATH --out runs/ablation
//
// A line for each task and stage goes to OUT/results.jsonl as it comes (the same command goes on where it was stopped), the
// table to OUT/table.md. Seconds are processor time of this process, which other work on the machine hardly changes.
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { equalGrids } from "../../src/arc/grid.ts";
import { scoreAttempts } from "../../src/arc/score.ts";
import type { Task } from "../../src/arc/task.ts";
import { random } from "../../src/core/random.ts";
import { readTasks } from "../../src/datasets/index.ts";
import { parseDecoder } from "../../src/decode/decoders/spec.ts";
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import { wilson } from "../../src/evaluate/statistics.ts";
import { loadModel } from "../../src/load.ts";
import type { Model } from "../../src/model/model.ts";
import { table } from "../../src/report/text.ts";
import { answerTokens, promptTokens } from "../../src/sequence/tokens.ts";
import { type SolverOptions, solverSchema } from "../../src/solve/options.ts";
import { type DecoderWithOptions, solveTest } from "../../src/solve/solve.ts";
import { learningFor, openTestTimeTrainer } from "../../src/solve/test-time-training.ts";

const { values } = parseArgs({
  options: {
    decoder: { type: "string", default: "greedy" },
    search: { type: "string", default: "dfs:max-passes=400" },
    model: { type: "string" },
    data: { type: "string", default: "" },
    limit: { type: "string", default: "40" },
    tokens: { type: "string", default: "1024" },
    views: { type: "string", default: "8" },
    steps: { type: "string", default: "64" },
    seconds: { type: "string", default: "20" },
    rate: { type: "string", default: "3e-3" },
    "muon-rate": { type: "string", default: "1.5e-2" },
    size: { type: "string", default: "both" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "runs/ablation" },
  },
});

interface Line {
  readonly data: string;
  readonly task: string;
  readonly test: number;
  readonly stage: string;
  readonly correct: boolean;
  readonly firstCorrect: boolean;
  /** Whether any candidate is right. */
  readonly found: boolean;
  readonly candidates: number;
  /** Processor time without training. */
  readonly seconds: number;
  /** Of training, where the stage has it; the same for all of a task's. */
  readonly trainingSeconds: number;
}

const { decoder, given, model: named } = parseDecoder(values.decoder);
const search = parseDecoder(values.search);
const plain: DecoderWithOptions = { decoder, options: given };
const modelName = named ?? values.model ?? decoder.model;
const seed = Number(values.seed);
const common = { seed, size: values.size as SolverOptions["size"] };
const many = { ...common, views: Number(values.views) };

/** Each stage: whether the model is trained, how it decodes, and how it chooses. */
const STAGES: readonly [name: string, trained: boolean, DecoderWithOptions, Partial<SolverOptions>][] = [
  [decoder.name, false, plain, { ...common, views: 1 }],
  ["+ test-time training", true, plain, { ...common, views: 1 }],
  [`+ ${many.views} views, by votes`, true, plain, { ...many, choose: "votes" }],
  ["+ product of experts", true, plain, { ...many, choose: "product" }],
  [
    `+ search (${search.label})`,
    true,
    { decoder: search.decoder, options: search.given },
    { ...many, choose: "product" },
  ],
];

const longest = (task: Task): number =>
  Math.max(
    ...task.test.map(
      ({ output }, test) => promptTokens(task, test).length + (output ? answerTokens(output, 0).length : 0),
    ),
  );

/** The fixed tasks of a folder: short enough, drawn once and for all. */
async function tasksOf(path: string): Promise<Task[]> {
  const all = (await readTasks([path])).filter((task) => longest(task) <= Number(values.tokens));
  return random("ablation", basename(path)).sample(all).slice(0, Number(values.limit));
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

await mkdir(values.out, { recursive: true });
const path = join(values.out, "results.jsonl");
const lines: Line[] = (await readFile(path, "utf8").catch(() => ""))
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

const engine = await openNodeEngine({ device: "cpu", threads: 1 });
const loaded = await loadModel(modelName, { engine });
const { config } = loaded.model;
const settings = solverSchema.parse({
  ...common,
  tttSteps: Number(values.steps),
  tttSeconds: Number(values.seconds),
  tttBatch: 1,
  tttLearningRate: Number(values.rate),
  tttMuonLearningRate: Number(values["muon-rate"]),
});
const learning = learningFor(decoder.objective, decoder.needs ?? [], config);
const trainer = openTestTimeTrainer(engine, config, await loaded.weights(), learning, settings);

async function stagesOf(data: string, task: Task): Promise<Line[]> {
  const found: Line[] = [];
  const start = cpuSeconds();
  const { weights } = await trainer.adapt(task).result;
  const trained = loaded.open(weights);
  const trainingSeconds = cpuSeconds() - start;
  for (const [stage, isTrained, decoding, options] of STAGES) {
    const model: Model = isTrained ? trained : loaded.model;
    for (const [test, { output }] of task.test.entries()) {
      if (!output) continue;
      const from = cpuSeconds();
      const { attempts, candidates } = await solveTest(model, decoding, task, test, options).result;
      const { correct, firstCorrect } = scoreAttempts(attempts, output);
      found.push({
        data,
        task: task.id,
        test,
        stage,
        correct: correct === true,
        firstCorrect: firstCorrect === true,
        found: candidates.some(({ grid }) => equalGrids(grid, output)),
        candidates: candidates.length,
        seconds: cpuSeconds() - from,
        trainingSeconds: isTrained ? trainingSeconds : 0,
      });
    }
  }
  await trained.close();
  return found;
}

const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;

function tableOf(data: string): string {
  const rows = STAGES.map(([stage]) => {
    const own = lines.filter((line) => line.data === data && line.stage === stage);
    const rate = (of: (line: Line) => boolean) => {
      const right = own.filter(of).length;
      const [low, high] = wilson(right, own.length).map((share) => (100 * share).toFixed(0));
      return `${right} of ${own.length} (${low} to ${high} %)`;
    };
    return [
      stage,
      rate(({ correct }) => correct),
      rate(({ firstCorrect }) => firstCorrect),
      rate(({ found }) => found),
      mean(own.map(({ candidates }) => candidates)).toFixed(1),
      mean(own.map(({ trainingSeconds }) => trainingSeconds)).toFixed(1),
      mean(own.map(({ seconds }) => seconds)).toFixed(1),
    ];
  });
  const header = [
    "stage",
    "solved by two attempts",
    "by the first",
    "any candidate",
    "candidates",
    "training, s",
    "all else, s",
  ];
  return `## ${data}\n\n${table(header, rows)}\n`;
}

const folders = values.data.split(",").filter(Boolean);
for (const folder of folders) {
  const tasks = await tasksOf(folder);
  for (const [i, task] of tasks.entries()) {
    const data = basename(folder);
    if (lines.some((line) => line.data === data && line.task === task.id)) continue;
    const found = await stagesOf(data, task);
    await appendFile(path, found.map((line) => `${JSON.stringify(line)}\n`).join(""));
    lines.push(...found);
    const marks = STAGES.map(([stage]) =>
      found.some((line) => line.stage === stage && line.correct) ? "+" : "-",
    );
    console.error(`${data} ${i + 1} of ${tasks.length} ${task.id} ${marks.join("")}`);
  }
}
const text = [
  `# ${modelName}, ${values.decoder}; ${values.steps} steps of training, at most ${values.seconds} s`,
  ...folders.map((folder) => tableOf(basename(folder))),
].join("\n\n");
await writeFile(join(values.out, "table.md"), text);
console.log(text);
await trainer.close();
await engine.close();

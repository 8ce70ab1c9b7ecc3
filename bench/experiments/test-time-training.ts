// How much training on a task's demonstrations tells a model of the task's answer: nats a cell of the true answer
// before and after, for one setting of the training.
//
//   npx tsx bench/experiments/test-time-training.ts --data PATH --model typewriter-tiny --steps 64 --batch 1 --rate 3e-3 --muon-rate 1.5e-2
//
// Prints a row of a table. Typewriters are measured exactly, diffusion models by the bound. Seconds are processor time.
import { parseArgs } from "node:util";
import { area } from "../../src/arc/grid.ts";
import type { Task } from "../../src/arc/task.ts";
import { random } from "../../src/core/random.ts";
import { readTasks } from "../../src/datasets/index.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { openSession } from "../../src/decode/session.ts";
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import { loadModel } from "../../src/load.ts";
import type { Model } from "../../src/model/model.ts";
import { answerTokens, promptTokens } from "../../src/sequence/tokens.ts";
import { boundedLikelihoods, exactLikelihoods } from "../../src/solve/likelihood.ts";
import { solverSchema } from "../../src/solve/options.ts";
import { learningFor, openTestTimeTrainer } from "../../src/solve/test-time-training.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    model: { type: "string", default: "typewriter-tiny" },
    tasks: { type: "string", default: "16" },
    steps: { type: "string", default: "64" },
    batch: { type: "string", default: "1" },
    rate: { type: "string", default: "3e-3" },
    "muon-rate": { type: "string", default: "1.5e-2" },
    lora: { type: "string", default: "0" },
  },
});

const engine = await openNodeEngine({ device: "cpu", threads: 1 });
const loaded = await loadModel(values.model, { engine });
const { config } = loaded.model;
const reads = config.jigsaw.objectives.includes("autoregressive");
const short = (await readTasks([values.data])).filter(
  (task) =>
    task.train.length > 1 && promptTokens(task).length + answerTokens(task.test[0]!.output!, 0).length < 1000,
);
const tasks = random("test-time-training").sample(short).slice(0, Number(values.tasks));
const trainer = openTestTimeTrainer(
  engine,
  config,
  await loaded.weights(),
  learningFor(reads ? "autoregressive" : "masked-diffusion", [], config),
  solverSchema.parse({
    tttSteps: Number(values.steps),
    tttBatch: Number(values.batch),
    tttLearningRate: Number(values.rate),
    tttMuonLearningRate: Number(values["muon-rate"]),
    tttLoraRank: Number(values.lora),
  }),
);

/** Nats a cell of a task's true answer. */
async function natsOf(model: Model, task: Task): Promise<number> {
  const answer = task.test[0]!.output!;
  await using session = openSession(model, promptOf(model, task));
  const [found] = await (reads
    ? exactLikelihoods(session, [answer])
    : boundedLikelihoods(session, [answer], { masks: 16, key: [task.id] }));
  return -found!.cells / area(answer);
}

let [nats, seconds] = [0, 0];
for (const task of tasks) {
  const from = process.cpuUsage();
  const { weights } = await trainer.adapt(task).result;
  const { user, system } = process.cpuUsage(from);
  seconds += (user + system) / 1e6;
  const model = loaded.open(weights);
  nats += await natsOf(model, task);
  await model.close();
}
const { model, steps, batch, rate, lora } = values;
const what = [
  model,
  `${steps} steps of ${batch}`,
  `${rate} and ${values["muon-rate"]}`,
  lora === "0" ? "all weights" : `LoRA ${lora}`,
];
console.log(
  `| ${what.join(" | ")} | ${(nats / tasks.length).toFixed(3)} | ${(seconds / tasks.length).toFixed(1)} s |`,
);
await trainer.close();
await engine.close();

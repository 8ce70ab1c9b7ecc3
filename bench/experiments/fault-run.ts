// An evaluation of 200 tasks over Redis with 4 workers, killed with -9 at random, and Redis restarted once with nothing
// in it; then the same run in this machine's own processes, for the same answers:
//
//   npx tsx bench/experiments/fault-run.ts [--tasks 200] [--workers 4] [--kills 40] [--seed 1]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { faultRun } from "../../src/cli/fault-run.test-helper.ts";
import { jigsaw } from "../../src/cli/spawn.test-helper.ts";
import { answersIn } from "../../src/evaluate/answers.test-helper.ts";
import { generatePuzzle, trainedFamilies } from "../../src/puzzles/index.ts";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "200" },
    workers: { type: "string", default: "4" },
    kills: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});
const [tasks, workers, kills, seed] = [values.tasks, values.workers, values.kills, values.seed].map(
  Number,
) as [number, number, number, number];
const solving = [
  "--model",
  "jigsaw-joint",
  "--decoder",
  "adaptive",
  "--views",
  "4",
  "--choose",
  "product",
  "--device",
  "cpu",
];

const folder = await mkdtemp(join(tmpdir(), "jigsaw-faults-"));
try {
  const data = join(folder, "data");
  await mkdir(data);
  const ids = new Set<string>();
  for (let i = 0; i < tasks; i++) {
    const family = trainedFamilies[i % trainedFamilies.length]!;
    const { id, train, test } = generatePuzzle(
      family,
      "easy",
      "faults",
      seed,
      Math.floor(i / trainedFamilies.length),
    );
    ids.add(id);
    await writeFile(join(data, `${id}.json`), JSON.stringify({ train, test }));
  }
  const began = performance.now();
  const say = (line: string) =>
    console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const run = await faultRun({ data, out: join(folder, "queue"), solving, tasks, workers, kills, seed, say });
  say(`the producer ended with ${run.ended.code}`);
  if (run.ended.code !== 0) console.log(run.ended.stderr);
  const lost = [...ids].filter((id) => !run.reported.includes(`${id} 0`)).length;
  const twice = run.reported.length - new Set(run.reported).size;
  console.log(
    `${run.killed} workers killed, ${run.restarts} restart of Redis with nothing in it, ${run.orphans} processes left behind`,
  );
  console.log(
    `${run.reported.length} of ${tasks} tasks in the report: ${lost} lost, ${twice} twice; workers told of ${run.solved} solved`,
  );

  const plain = await jigsaw([
    "eval",
    "--data",
    data,
    "--out",
    join(folder, "plain"),
    "--workers",
    "2",
    ...solving,
  ]);
  const [queue, here] = [await answersIn(join(folder, "queue")), await answersIn(join(folder, "plain"))];
  const other = Object.keys(here).filter((name) => !isDeepStrictEqual(queue[name], here[name])).length;
  const answered = Object.keys(here).length;
  console.log(`in two processes here (ended with ${plain.code}): ${other} of ${answered} answers differ`);
  if (lost + twice + other + run.orphans > 0 || answered !== tasks) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

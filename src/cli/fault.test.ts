// Workers are killed with SIGKILL at random moments, and Redis loses all it holds: npx vitest run src/cli/fault
import { join } from "node:path";
import { expect, it } from "vitest";
import { hasRedis } from "../cluster/redis.test-helper.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { families, generatePuzzle } from "../puzzles/index.ts";
import { faultRun } from "./fault-run.test-helper.ts";

const TASKS = 24;
/** Other moments in every run; a failure names the seed that it can be tried again with, as far as clocks allow. */
const SEED = Number(process.env.JIGSAW_SEED ?? Date.now() % 1e6);

it.skipIf(!hasRedis)(
  `every task is answered once, whoever is killed (seed ${SEED})`,
  { timeout: 300_000 },
  async () => {
    const puzzles = Object.values(families)
      .slice(0, TASKS)
      .map((family) => generatePuzzle(family, "easy", "faults", SEED, 0));
    const files = puzzles.map(({ id, train, test }) => [`data/${id}.json`, { train, test }] as const);
    const folder = await temporaryFolder(Object.fromEntries(files));
    const run = await faultRun({
      ...{
        data: join(folder, "data"),
        out: join(folder, "out"),
        tasks: TASKS,
        workers: 3,
        kills: 6,
        seed: SEED,
      },
      solving: ["--model", "jigsaw-joint", "--decoder", "adaptive", "--views", "2", "--device", "cpu"],
    });
    expect(run.ended, run.ended.stderr).toMatchObject({ code: 0 });
    expect(run.reported.toSorted()).toEqual(puzzles.map(({ id }) => `${id} 0`).sort());
    expect(run).toMatchObject({ restarts: 1, orphans: 0 });
    expect(run.killed).toBeGreaterThan(0);
  },
);

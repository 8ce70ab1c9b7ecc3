// An evaluation over a queue on which everything goes wrong that may: workers are killed, Redis forgets all it holds.
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "../cluster/redis.test-helper.ts";
import { random } from "../core/random.ts";
import { type Ended, startJigsaw } from "./spawn.test-helper.ts";

export interface FaultOptions {
  readonly data: string;
  readonly out: string;
  /** Flags of `jigsaw eval` that say how tasks are solved. */
  readonly solving: readonly string[];
  readonly tasks: number;
  readonly workers: number;
  /** Workers killed at the most. */
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

export interface FaultRun {
  readonly ended: Ended;
  /** Workers that were killed. */
  readonly killed: number;
  /** Restarts of Redis, with nothing in it. */
  readonly restarts: number;
  /** Tasks that workers say they solved; more than there are where one was solved twice. */
  readonly solved: number;
  /** Task and test of every line of the report. */
  readonly reported: readonly string[];
  /** Processes of killed workers that have not ended. */
  readonly orphans: number;
}

/** The processes that a process has started, where the system tells. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return readdirSync(`/proc/${pid}/task`).length > 0;
  } catch {
    return false;
  }
};

export async function faultRun(options: FaultOptions): Promise<FaultRun> {
  const { data, out, solving, tasks, workers, kills, seed, say = () => {} } = options;
  const redis = await startRedis();
  const draw = random("faults", seed);
  let [killed, restarts, solved] = [0, 0, 0];
  const orphans: number[] = [];
  const written = async () =>
    (await readdir(join(out, "tasks")).catch(() => [])).filter((name) => !name.startsWith(".")).length;

  const producer = startJigsaw(["eval", "--data", data, "--out", out, "--queue", redis.url, ...solving]);
  let over = false;
  const end = producer.ended.then((result) => {
    over = true;
    return result;
  });

  /** One place for a worker: whoever is killed there is replaced. */
  async function place(): Promise<void> {
    while (!over) {
      const worker = startJigsaw(["worker", "--queue", redis.url, "--lock-seconds", "3"]);
      let own = 0;
      worker.child.stdout!.on("data", (text: string) => {
        const lines = text.match(/: [\d.]+ s$/gm)?.length ?? 0;
        own += lines;
        solved += lines;
      });
      const ended = worker.ended.then(() => "ended");
      // Every worker solves something, so that the run comes to an end.
      const enough = 1 + draw.int(0, 3);
      while (!over && own < enough && (await Promise.race([ended, sleep(20)])) !== "ended");
      await sleep(draw.float() * 500);
      if (!over && killed < kills) {
        orphans.push(...childrenOf(worker.child.pid!));
        worker.child.kill("SIGKILL");
        say(`worker ${++killed} killed after ${own} tasks; ${await written()} of ${tasks} answered`);
      } else {
        await Promise.race([end, ended]);
        worker.child.kill("SIGTERM");
      }
      await ended;
    }
  }

  async function forget(): Promise<void> {
    const when = Math.floor(tasks * (0.3 + 0.3 * draw.float()));
    while (!over && (await written()) < when) await sleep(20);
    if (over) return;
    say(`Redis restarted with nothing in it; ${await written()} of ${tasks} answered`);
    await redis.restart(500);
    restarts++;
  }

  try {
    await Promise.all([...Array.from({ length: workers }, place), forget(), end]);
    const lines = (await readFile(join(out, "results.jsonl"), "utf8").catch(() => ""))
      .split("\n")
      .filter(Boolean);
    const reported = lines.map((line) => JSON.parse(line)).map(({ task, test }) => `${task} ${test}`);
    for (let tries = 0; tries < 50 && orphans.some(isAlive); tries++) await sleep(100);
    return { ended: await end, killed, restarts, solved, reported, orphans: orphans.filter(isAlive).length };
  } finally {
    producer.child.kill("SIGKILL");
    await redis.kill();
  }
}

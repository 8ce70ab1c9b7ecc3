import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Task } from "../arc/task.ts";
import { byRule, setupOf, taskOf } from "../evaluate/answers.test-helper.ts";
import type { Answer } from "../evaluate/outcome.ts";
import { runTasks, withoutAnswers } from "../evaluate/run-jobs.ts";
import { type JobSpec, openQueue, QUEUE } from "./queue.ts";
import { serveQueue, type WorkerOptions } from "./queue-worker.ts";
import { hasRedis, type RedisServer, startRedis } from "./redis.test-helper.ts";
import { openRedis } from "./redis.ts";

const never = new AbortController().signal;
const entry = new URL("./rule-child.test-helper.ts", import.meta.url);

/** A busy machine takes its time. */
const PATIENT = { timeout: 60_000 };

describe.skipIf(!hasRedis)("a queue", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.kill());

  let runs = 0;
  const spec = (changes: Partial<JobSpec> = {}): JobSpec => ({
    ...{ run: `run${runs++}`, versions: { jigsaw: "1.0.0" }, modelSha256: "abc", setup: setupOf() },
    ...changes,
  });

  async function produce(of = spec()) {
    const said: string[] = [];
    const executor = await openQueue(server.url, of, { every: 100, log: (line) => said.push(line) });
    onTestFinished(() => executor.close());
    const answers: Answer[] = [];
    const run = (tasks: readonly Task[], signal = never) =>
      runTasks(tasks, executor, async (answer) => void answers.push(answer), signal);
    return { executor, run, answers, said };
  }

  function work(changes: Partial<WorkerOptions> = {}) {
    const stop = new AbortController();
    const said: string[] = [];
    const ended = serveQueue({
      ...{
        url: server.url,
        concurrency: 1,
        lockSeconds: 30,
        versions: { jigsaw: "1.0.0", node: "20" },
        entry,
      },
      ...{ checksum: async () => "abc", log: (line) => said.push(line), signal: stop.signal },
      ...changes,
    });
    ended.catch(() => {});
    const end = async () => {
      stop.abort("stopped");
      await expect(ended).rejects.toBeDefined();
    };
    onTestFinished(end);
    return { ended, end, said };
  }

  it("solves all tasks over several workers, each once", async () => {
    const tasks = Array.from({ length: 20 }, (_, i) => taskOf(`task:${i}`, [i % 10, 1]));
    const { run, answers } = await produce();
    work();
    work({ concurrency: 2 });
    expect(await run(tasks)).toEqual([]);
    expect(answers.map(({ task }) => task).sort()).toEqual(tasks.map(({ id }) => id).sort());
    for (const { host, device, ...solution } of answers) {
      expect(solution).toEqual(byRule(withoutAnswers(tasks.find(({ id }) => id === solution.task)!)));
    }
  });

  it.each([
    [{ checksum: async () => "abd" }, /model a is another one here \(checksum abd, the run's is abc\)/],
    [{ versions: { jigsaw: "1.0.1" } }, /the run is of jigsaw 1\.0\.0, here is 1\.0\.1/],
  ])("is not worked on by one who does not agree", async (changes, why) => {
    const { run, answers, said } = await produce();
    const other = work(changes);
    const done = run([taskOf("x"), taskOf("y")]);
    await expect(other.ended).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(why),
    });
    await expect.poll(() => said).toContainEqual(expect.stringMatching(why));
    expect(answers).toEqual([]);
    work();
    expect(await done).toEqual([]);
    expect(answers).toHaveLength(2);
  });

  it("passes on what the user has to mend, and names tasks that fail on every try", async () => {
    const { run } = await produce();
    work();
    await expect(run([taskOf("refuse")])).rejects.toMatchObject({
      code: "unsupported",
      message: "another objective",
    });
    const { run: again, answers } = await produce();
    expect(await again([taskOf("throw"), taskOf("fine")])).toEqual([{ task: "throw", failed: "a fault" }]);
    expect(answers).toHaveLength(1);
  });

  /** Waits until a worker has begun a task. */
  async function begun(url = server.url): Promise<void> {
    const connection = await openRedis(url, never);
    await expect.poll(() => connection.llen(`bull:${QUEUE}:active`), PATIENT).toBe(1);
    connection.disconnect();
  }

  it("gets the task in hand back from a worker that is stopped", async () => {
    const { run, answers } = await produce();
    const first = work();
    const done = run([taskOf("slow 3000")]);
    await begun();
    await first.end();
    expect(answers).toEqual([]);
    // Far sooner than its lock would have run out.
    const second = work();
    expect(await done).toEqual([]);
    expect(second.said).toEqual([expect.stringContaining("slow 3000")]);
  });

  it("keeps results for a producer that went away and comes back", async () => {
    const same = spec();
    const first = await produce(same);
    const stop = new AbortController();
    const done = first.run([taskOf("slow 3000"), taskOf("later")], stop.signal);
    const worker = work();
    await begun();
    stop.abort(new Error("gone"));
    await expect(done).rejects.toThrow("gone");
    await first.executor.close();
    // The task that nobody had begun is off the queue.
    await expect.poll(() => worker.said, PATIENT).toEqual([expect.stringMatching(/^slow 3000: /)]);
    const second = await produce(same);
    expect(await second.run([taskOf("slow 3000"), taskOf("later")])).toEqual([]);
    expect(worker.said).toEqual([expect.stringMatching(/^slow 3000: /), expect.stringMatching(/^later: /)]);
  });

  it("is filled again when Redis was restarted with nothing in it", async () => {
    const { run, answers, said } = await produce();
    const tasks = Array.from({ length: 12 }, (_, i) => taskOf(`slow ${100 + i}`));
    work();
    const done = run(tasks);
    await expect.poll(() => answers.length, PATIENT).toBeGreaterThan(2);
    await server.restart(500);
    expect(await done).toEqual([]);
    expect(answers.map(({ task }) => task).sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(said.slice(-2)).toEqual([expect.stringContaining("is gone"), expect.stringContaining("is back")]);
  });

  it("is given up where Redis stays away", async () => {
    const own = await startRedis();
    const executor = await openQueue(own.url, spec(), { every: 50, patience: 500 });
    onTestFinished(() => executor.close());
    const done = expect(executor.solve(taskOf("x"), never)).rejects.toMatchObject({
      code: "network",
      hint: expect.stringContaining("--resume"),
    });
    await own.kill();
    await done;
  });

  it("lets a worker go that Redis has left alone", async () => {
    const own = await startRedis();
    const worker = work({ url: own.url });
    const executor = await openQueue(own.url, spec(), { every: 50 });
    onTestFinished(() => executor.close());
    executor.solve(taskOf("slow 60000"), never).catch(() => {});
    await begun(own.url);
    await own.kill();
    const began = performance.now();
    await worker.end();
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

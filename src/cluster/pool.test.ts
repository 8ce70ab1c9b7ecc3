import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { byRule, setupOf, taskOf } from "../evaluate/answers.test-helper.ts";
import { type FailedTask, MOST_FAILED, runTasks, withoutAnswers } from "../evaluate/run-jobs.ts";
import { openPool, type PoolOptions, TRIES } from "./pool.ts";

const entry = new URL("./rule-child.test-helper.ts", import.meta.url);
const never = new AbortController().signal;

function open(options: PoolOptions = {}) {
  const pool = openPool({ entry, ...options });
  onTestFinished(() => pool.close());
  const solve = (id: string, model = "a", signal = never) =>
    pool.solve(setupOf(model), withoutAnswers(taskOf(id)), signal);
  return { pool, solve };
}

const deviceOf = (result: object) => ("device" in result ? result.device : result);
const alive = (device: unknown) => {
  try {
    return process.kill(Number(String(device).split(" ")[1]), 0);
  } catch {
    return false;
  }
};

describe("a pool", () => {
  it("answers one task after another in the same process, and as many at once as are asked for", async () => {
    const { solve } = open();
    const first = await solve("x");
    expect(first).toMatchObject(byRule(withoutAnswers(taskOf("x"))));
    expect(deviceOf(await solve("y"))).toBe(deviceOf(first));
    const both = await Promise.all([solve("y"), solve("z")]);
    expect(new Set(both.map(deviceOf)).size).toBe(2);
  });

  it("opens another solver for another setup, in place of an idle one", async () => {
    const { solve } = open();
    const [one, other] = [await solve("x", "a"), await solve("x", "b")];
    expect(deviceOf(other)).toMatch(/^b /);
    await expect.poll(() => alive(deviceOf(one))).toBe(false);
  });

  it("gives a task whose process died to a fresh one", async () => {
    const folder = await temporaryFolder({});
    const { solve } = open();
    const before = await solve("x");
    const id = `die-once ${join(folder, "mark")}`;
    const after = await solve(id);
    expect(after).toMatchObject({ task: id });
    expect(deviceOf(after)).not.toBe(deviceOf(before));
  });

  it.each([
    ["die", /was ended by SIGKILL/],
    ["throw", /a fault/],
  ])("names a task that fails every time: %s", async (id, why) => {
    const { solve } = open();
    expect(await solve(id)).toEqual({ task: id, failed: expect.stringMatching(why) });
    expect(TRIES).toBe(3);
    // And goes on.
    expect(await solve("x")).toHaveProperty("tests");
  });

  it("passes on what the user has to mend, at once", async () => {
    const { solve } = open();
    await expect(solve("refuse")).rejects.toMatchObject({ code: "unsupported", hint: "Take another model." });
    await expect(solve("x", "none")).rejects.toMatchObject({ code: "not-found", message: 'no model "none"' });
  });

  it("ends a process whose task is not wanted any more", async () => {
    const { solve } = open();
    const { device } = (await solve("x")) as { device: string };
    const stop = new AbortController();
    const slow = solve("slow 60000", "a", stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(slow).rejects.toThrow("enough");
    expect(alive(device)).toBe(false);
  });

  it("leaves no process behind when it is closed, idle or not", async () => {
    const { pool, solve } = open();
    const { device } = (await solve("x")) as { device: string };
    const slow = solve("slow 60000");
    const closed = expect(slow).rejects.toThrow("closed");
    await pool.close();
    expect(alive(device)).toBe(false);
    await closed;
  });
});

describe("the runner", () => {
  const executor = (solve: (id: string) => Promise<object>, width = 2) => ({
    width,
    solve: ({ id }: { id: string }) => solve(id) as Promise<FailedTask>,
    close: async () => {},
  });
  const tasks = (count: number) => Array.from({ length: count }, (_, i) => taskOf(`t${i}`));

  it("keeps as many tasks going as the executor takes, each recorded once", async () => {
    let [now, most] = [0, 0];
    const work = executor(async (id) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      return { task: id };
    }, 3);
    const recorded: string[] = [];
    const failed = await runTasks(tasks(20), work, async ({ task }) => void recorded.push(task), never);
    expect(failed).toEqual([]);
    expect(most).toBe(3);
    expect(recorded.sort()).toEqual(
      tasks(20)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it("goes on after tasks that failed, but not for ever", async () => {
    const record = async () => {};
    const some = executor(async (id) => (id === "t3" ? { task: id, failed: "why" } : { task: id }));
    expect(await runTasks(tasks(6), some, record, never)).toEqual([{ task: "t3", failed: "why" }]);
    let tried = 0;
    const none = executor(async (id) => {
      tried++;
      return { task: id, failed: "why" };
    });
    expect(await runTasks(tasks(100), none, record, never)).toHaveLength(tried);
    expect(tried).toBeLessThanOrEqual(MOST_FAILED + 1);
  });

  it("ends all lanes where one cannot go on, or nothing can be recorded", async () => {
    const record = async () => {};
    const bad = executor(async (id) => {
      if (id === "t2") throw new Error("no model");
      return { task: id };
    });
    await expect(runTasks(tasks(50), bad, record, never)).rejects.toThrow("no model");
    let solved = 0;
    const fine = executor(async (id) => ({ task: id, solved: solved++ }));
    const full = async () => {
      throw new Error("disk full");
    };
    await expect(runTasks(tasks(50), fine, full, never)).rejects.toThrow("disk full");
    expect(solved).toBeLessThanOrEqual(3);
  });

  it("stops with the signal's reason", async () => {
    const stop = new AbortController();
    const record = async ({ task }: { task: string }) => {
      if (task === "t4") stop.abort(new Error("Ctrl-C"));
    };
    await expect(
      runTasks(
        tasks(50),
        executor(async (task) => ({ task })),
        record,
        stop.signal,
      ),
    ).rejects.toThrow("Ctrl-C");
  });
});

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { answerOf, attemptsOf, taskOf } from "../evaluate/answers.test-helper.ts";
import { EVALUATION } from "../evaluate/node/run-files.ts";
import { openRunFolder, readRun } from "../evaluate/node/run-folder.ts";
import type { Answer } from "../evaluate/outcome.ts";
import type { FailedTask } from "../evaluate/run-jobs.ts";
import { solveAndReport } from "./eval-run.ts";

/** Five tasks of which all but "left out" are to be solved. */
const all = ["a", "b", "c", "d", "left out"].map((id) => taskOf(id, [1]));
const tasks = all.slice(0, 4);

/** Runs an evaluation whose tasks are solved by `solve`, one at a time. */
async function run(out: string, solve: (task: Task, signal: AbortSignal) => Promise<Answer | FailedTask>) {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const about = { command: ["jigsaw"], data: ["here"], settings: { decoder: "steps" } };
  await using folder = await openRunFolder(EVALUATION, out, about, { tasks, resume: true, log: () => {} });
  let closed = 0;
  const close = async () => void closed++;
  const result = await solveAndReport(folder, { all, tasks }, async () => ({ width: 1, solve, close }));
  expect(closed).toBeLessThanOrEqual(1);
  return result;
}

const solved = async ({ id }: Task) => answerOf(id, [attemptsOf(1, 2)]);
const FILLER = [{ attempt_1: [[0]], attempt_2: [[0]] }];
const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

describe("an evaluation", () => {
  it("of which one task fails reports on the others, and names the filler", async () => {
    const out = await temporaryFolder({});
    const { failed, stopped } = await run(out, async (task) =>
      task.id === "b" ? { task: "b", failed: "its process was ended by SIGKILL" } : solved(task),
    );
    expect([failed, stopped]).toEqual([
      [{ task: "b", failed: "its process was ended by SIGKILL" }],
      undefined,
    ]);
    const submission = await json(out, "submission.json");
    expect(Object.keys(submission)).toEqual(all.map(({ id }) => id));
    expect([submission.b, submission["left out"]]).toEqual([FILLER, FILLER]);
    expect(submission.c[0].attempt_1).toEqual(attemptsOf(1, 2).attempts[0]);
    const fillers = {
      "could not be solved (its process was ended by SIGKILL)": ["b"],
      "left out by --limit or --max-tokens": ["left out"],
    };
    expect(await json(out, "summary.json")).toMatchObject({ tasks: 3, outputs: 3, fillers });
    const text =
      "submission.json has filler for 2 test inputs: 1 could not be solved (its process was ended by SIGKILL), 1 left out by --limit or --max-tokens";
    expect(await readFile(join(out, "report.md"), "utf8")).toContain(text);
    expect(await readFile(join(out, "report.html"), "utf8")).toContain(text);
    await expect(readRun(out)).rejects.toThrow("not finished");
    // And is finished by a later run.
    await run(out, solved);
    expect((await readRun(out)).outcomes).toHaveLength(4);
    expect((await json(out, "summary.json")).fillers).toEqual({
      "left out by --limit or --max-tokens": ["left out"],
    });
  });

  it.each(["SIGINT", "SIGTERM"] as const)("that %s stops reports on what is solved", async (name) => {
    const out = await temporaryFolder({});
    const { summary, stopped } = await run(out, async (task, signal) => {
      if (task.id === "c") process.emit(name);
      signal.throwIfAborted();
      return solved(task);
    });
    expect(stopped).toMatchObject({ code: "interrupted", message: "stopped after 2 of 4 tasks" });
    expect(summary?.fillers).toEqual({
      "not solved yet": ["c", "d"],
      "left out by --limit or --max-tokens": ["left out"],
    });
    expect((await json(out, "submission.json")).d).toEqual(FILLER);
    expect((await readdir(out)).sort()).toEqual([
      ...["manifest.json", "report.html", "report.md", "results.jsonl"],
      ...["submission.json", "summary.json", "tasks"],
    ]);
  });

  it("that nothing could be solved in has no report", async () => {
    const out = await temporaryFolder({});
    const refusal = new JigsawError("not-found", "no model");
    const { summary, stopped } = await run(out, async () => {
      throw refusal;
    });
    expect([summary, stopped]).toEqual([undefined, refusal]);
    expect(await readdir(out)).toEqual(["manifest.json"]);
  });
});

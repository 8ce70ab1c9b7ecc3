// Folders that 0.1.0 wrote (commit 35200bb), of `jigsaw arena` and `jigsaw eval` on two examples, a task with two test
// inputs, and one that is too long; "-stopped" by SIGKILL and Ctrl-C. They are read as they are, and gone on with.
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Task } from "../../arc/task.ts";
import { temporaryFolder } from "../../datasets/temporary.test-helper.ts";
import { packageFolder } from "../../load.ts";
import { arenaMarkdown, resultsCsv, summaryCsv } from "../../report/arena-report.ts";
import { evalMarkdown } from "../../report/eval-report.ts";
import { plot } from "../../report/plot.ts";
import { answerOf, attemptsOf } from "../answers.test-helper.ts";
import { compareRuns } from "../compare-runs.ts";
import { decoded } from "../decoded.test-helper.ts";
import { summarizeDecoders } from "../decoder-summary.ts";
import { summarizeEvaluation } from "../evaluation-summary.ts";
import { judgeTask } from "../outcome.ts";
import { submissionOf } from "../submission.ts";
import { ARENA, EVALUATION, type RunKind } from "./run-files.ts";
import { openRunFolder, readRun } from "./run-folder.ts";

const FOLDERS = fileURLToPath(new URL("../fixtures/runs-of-0.1.0/", import.meta.url));
const text = (...path: string[]) => readFile(join(FOLDERS, ...path), "utf8");
const json = async (...path: string[]) => JSON.parse(await text(...path));
const DECODERS = ["greedy", "steps:steps=2"];

/** The tasks of these runs. */
async function tasksOfThen(): Promise<Task[]> {
  const example = async (id: string): Promise<Task> => ({
    ...{ id, ...JSON.parse(await readFile(join(packageFolder, "examples", `${id}.json`), "utf8")) },
  });
  const [board, logic] = [await example("checkerboard-easy-2026-0"), await example("logic-easy-2026-0")];
  const large = (n: number) =>
    Array.from({ length: 30 }, (_, r) => Array.from({ length: 30 }, (_, c) => (r * c + n) % 10));
  const pair = (n: number) => ({ input: large(n), output: large(n + 1) });
  return [
    board,
    logic,
    { id: "long", train: [0, 1, 2].map(pair), test: [pair(7)] },
    { ...logic, id: "two", test: [...logic.test, logic.train[0]!] },
  ];
}

/** A copy of a folder of then, opened by the same command and settings. */
async function goOn<Result>(kind: RunKind<Result>, name: string, tasks?: readonly Task[]) {
  const folder = await temporaryFolder({});
  await cp(join(FOLDERS, name), folder, { recursive: true });
  const saved = await json(name, kind.manifest);
  const { format, ...old } = saved;
  const { dataSha256, ...settings } = saved.settings ?? old;
  const about = { command: ["jigsaw"], data: ["data"], settings };
  return { folder, run: await openRunFolder(kind, folder, about, { tasks, resume: true, log: () => {} }) };
}

describe("an arena's folder of 0.1.0", () => {
  it("gives the tables, the plot and the summary that 0.1.0 made of it", async () => {
    const { run } = await goOn(ARENA, "arena");
    expect(run.results).toHaveLength(10);
    const decoders = summarizeDecoders(run.results, DECODERS, "greedy");
    expect(decoders).toEqual((await json("arena", "summary.json")).decoders);
    expect(resultsCsv(run.results)).toBe(await text("arena", "results.csv"));
    expect(summaryCsv(decoders)).toBe(await text("arena", "summary.csv"));
    expect(plot(decoders)).toBe(await text("arena", "plot.svg"));
    const table = await text("arena", "table.md");
    const about = table.split("\n").filter((line) => line.startsWith("- "));
    expect(arenaMarkdown(decoders, "greedy", about)).toBe(table);
  });

  it("that was killed is gone on with, after its last whole line", async () => {
    const { folder, run } = await goOn(ARENA, "arena-stopped");
    expect(run.results.map(({ task, decoder }) => [task, decoder])).toEqual([
      ["checkerboard-easy-2026-0", "greedy"],
      ["checkerboard-easy-2026-0", "steps:steps=2"],
      ["logic-easy-2026-0", "steps:steps=2"],
    ]);
    await run.add(decoded("greedy", "logic-easy-2026-0"));
    await run[Symbol.asyncDispose]();
    const { settings } = run.manifest;
    const again = await openRunFolder(
      ARENA,
      folder,
      { command: [], data: [], settings },
      { resume: true, log: () => {} },
    );
    expect(again.results).toEqual(run.results);
    expect(again.manifest).toMatchObject({ format: "jigsaw-arena/2", run: run.manifest.run });
  });

  it("of other settings is refused", async () => {
    const { folder, run } = await goOn(ARENA, "arena-stopped");
    await run[Symbol.asyncDispose]();
    const about = { command: [], data: [], settings: { ...run.manifest.settings, size: "model" } };
    await expect(openRunFolder(ARENA, folder, about, { resume: true, log: () => {} })).rejects.toThrow(
      /holds results of other settings: size$/,
    );
  });
});

describe("an evaluation's folder of 0.1.0", () => {
  it("gives the results, the submission and the report that 0.1.0 made of it", async () => {
    const { run } = await goOn(EVALUATION, "eval", await tasksOfThen());
    const tasks = await tasksOfThen();
    const answers = new Map(run.results.map((answer) => [answer.task, answer]));
    const outcomes = tasks.flatMap((task) => judgeTask(task, answers.get(task.id)!));
    const { outcomes: then, manifest } = await readRun(join(FOLDERS, "eval"));
    const lines = (await text("eval", "results.jsonl")).trimEnd().split("\n");
    expect(outcomes).toMatchObject(lines.map((line) => JSON.parse(line)));
    expect(then).toEqual(outcomes);
    expect(submissionOf(tasks, answers)).toEqual(await json("eval", "submission.json"));
    const summary = summarizeEvaluation(outcomes, run.results);
    const { run: _, command, settings, ...summaryOfThen } = await json("eval", "summary.json");
    expect(summary).toMatchObject(summaryOfThen);
    expect(evalMarkdown(manifest, summary, outcomes)).toBe(await text("eval", "report.md"));
  });

  it("that was stopped is gone on with", async () => {
    const { folder, run } = await goOn(EVALUATION, "eval-stopped", await tasksOfThen());
    expect(run.results.map(({ task }) => task)).toEqual(["checkerboard-easy-2026-0"]);
    expect(run.manifest.run).toBe((await json("eval-stopped", "manifest.json")).run);
    await run.add(answerOf("two", [attemptsOf(1, 2), attemptsOf(1, 2)]));
    expect(await readdir(join(folder, "tasks"))).toEqual(["checkerboard-easy-2026-0.json", "two.json"]);
  });

  it("is compared with another one", async () => {
    const runs = await Promise.all(["eval", "eval-greedy"].map((name) => readRun(join(FOLDERS, name))));
    const { tasks, outputs, runs: compared } = compareRuns(runs);
    expect([tasks, outputs]).toEqual([4, 5]);
    expect(compared.map(({ scores }) => scores.kaggle.value)).toEqual([0.8, 0.8]);
    expect(compared[1]!.versus).toMatchObject({
      outputs: { p: 1 },
      timeRatio: { median: expect.any(Number) },
    });
  });
});

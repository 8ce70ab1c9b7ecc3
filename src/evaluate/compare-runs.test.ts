import { describe, expect, it } from "vitest";
import { answerOf, attemptsOf, taskOf } from "./answers.test-helper.ts";
import { compareRuns } from "./compare-runs.ts";
import type { FinishedRun } from "./manifest.ts";
import { taskChecksum } from "./node/run-files.ts";
import { judgeTask } from "./outcome.ts";

/** A run over tasks of outputs of colour 1; the letters of `solved` tell which are right: y or n, ? where nobody knows. */
function runOf(folder: string, solved: Readonly<Record<string, string>>, milliseconds = 10): FinishedRun {
  const tasks = Object.entries(solved).map(([id, letters]) =>
    taskOf(
      id,
      [...letters].map((letter) => (letter === "?" ? null : 1)),
    ),
  );
  const outcomes = tasks.flatMap((task) => {
    const tests = [...solved[task.id]!].map((letter) => attemptsOf(letter === "y" ? 1 : 2, 3));
    return judgeTask(task, answerOf(task.id, tests, milliseconds));
  });
  const checksums = Object.fromEntries(tasks.map((task) => [task.id, taskChecksum(task)]));
  return {
    ...{ folder, outcomes },
    manifest: {
      ...{
        format: "jigsaw-eval/1",
        run: folder,
        started: "",
        resumed: [],
        finished: "",
        command: [],
        data: [],
      },
      ...{ settings: {}, tasks: checksums, hosts: [], devices: [] },
    },
  };
}

describe("runs compared", () => {
  it("are paired by outputs and by whole tasks", () => {
    const baseline = runOf("A", { a: "yy", b: "yn", c: "n", d: "y", e: "n" }, 10);
    const other = runOf("B", { a: "yn", b: "yy", c: "y", d: "y", e: "y" }, 20);
    const { tasks, outputs, runs } = compareRuns([baseline, other]);
    expect([tasks, outputs]).toEqual([5, 7]);
    expect(runs[0]).toMatchObject({
      run: "A",
      versus: null,
      medianTime: 10,
      scores: { kaggle: { value: 4 / 7 } },
    });
    const { versus } = runs[1]!;
    expect(versus!.outputs).toEqual({ onlyThis: ["b (2)", "c", "e"], onlyBaseline: ["a (2)"], p: 0.625 });
    expect(versus!.tasks).toEqual({ onlyThis: ["b", "c", "e"], onlyBaseline: ["a"], p: 0.625 });
    expect(versus!.difference.value).toBeCloseTo(2 / 7, 10);
    expect(versus!.difference.interval[0]).toBeLessThan(2 / 7);
    expect(versus!.difference.interval[1]).toBeGreaterThan(2 / 7);
    expect(versus!.timeRatio).toEqual({ median: 2, interval: [2, 2] });
  });

  it("differ by an interval that shuts out nothing where one is better everywhere", () => {
    const letters = (letter: string) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, i % 2 ? letter : "y"]));
    const { runs } = compareRuns([
      runOf("A", letters("n")),
      runOf("B", letters("y")),
      runOf("C", letters("n")),
    ]);
    const [low, high] = runs[1]!.versus!.difference.interval;
    expect(low).toBeGreaterThan(0.3);
    expect(high).toBeLessThan(0.7);
    expect(runs[2]!.versus).toMatchObject({ difference: { value: 0, interval: [0, 0] }, outputs: { p: 1 } });
  });

  it("are compared on what they share, content and all, and on answers that all know", () => {
    const baseline = runOf("A", { a: "y", b: "n", c: "yy", d: "?" });
    // c has other content here: another number of test inputs.
    const other = runOf("B", { b: "y", c: "y", d: "y", x: "y" });
    const compared = compareRuns([baseline, other]);
    expect(compared).toMatchObject({ tasks: 1, outputs: 1, leftOut: { A: 2, B: 2 } });
    expect(compared.runs[1]!.versus!.outputs.onlyThis).toEqual(["b"]);
    expect(() => compareRuns([baseline, runOf("B", { x: "y" })])).toThrow("A and B share no task");
    expect(() => compareRuns([runOf("A", { d: "?" }), runOf("B", { d: "y" })])).toThrow("know no answer");
  });
});

import { describe, expect, it } from "vitest";
import { evalMarkdown, fillerText, shareText } from "../report/eval-report.ts";
import { answerOf, attemptsOf, refusedTest, taskOf } from "./answers.test-helper.ts";
import { type EvaluationSummary, scoresOf, summarizeEvaluation } from "./evaluation-summary.ts";
import { judgeTask, outcomeSchema } from "./outcome.ts";
import { fillersOf, submissionOf } from "./submission.ts";

/** One task of four outputs: right, right by the second attempt, wrong, refused; and others around it. */
const tasks = [
  taskOf("four", [1, 2, 3, 4]),
  taskOf("right", [5]),
  taskOf("size", [5], 3),
  taskOf("unknown", [null, null]),
];
const answers = new Map(
  [
    answerOf("four", [attemptsOf(1, 2), attemptsOf(1, 2), attemptsOf(1, 2), refusedTest("too long")], 40),
    answerOf("right", [attemptsOf(5, 0)], 10),
    answerOf("size", [attemptsOf(5, 0)], 20),
    answerOf("unknown", [attemptsOf(5, 0), refusedTest("too long")], 30),
  ].map((answer) => [answer.task, answer]),
);
const results = tasks.flatMap((task) => judgeTask(task, answers.get(task.id)!));
const summary: EvaluationSummary = summarizeEvaluation(results, [...answers.values()]);

describe("outcomes", () => {
  it("are told apart, the refused as not solved where the answer is known", () => {
    expect(
      results.map(({ task, test, outcome, correct, found }) => [task, test, outcome, correct, found]),
    ).toEqual([
      ["four", 0, "right", true, true],
      ["four", 1, "second attempt", true, true],
      ["four", 2, "wrong", false, false],
      ["four", 3, "refused", false, false],
      ["right", 0, "right", true, true],
      ["size", 0, "wrong", false, false],
      ["unknown", 0, "unknown", null, null],
      ["unknown", 1, "refused", null, null],
    ]);
    expect(results[5]).toMatchObject({ cells: 9, wrongSize: true, accuracy: 0 });
    expect(results[3]).toMatchObject({ cells: 6, wrongSize: null, accuracy: 0, refused: "too long" });
    expect(results[2]).toMatchObject({ wrongSize: false, candidates: 2, taskMilliseconds: 40 });
    for (const result of results)
      expect(outcomeSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });
});

describe("a submission", () => {
  it("has every task of the data with two attempts for each input, and filler where there is none", () => {
    const submission = submissionOf([...tasks, taskOf("not tried", [1, 1])], answers);
    expect(Object.keys(submission)).toEqual(["four", "right", "size", "unknown", "not tried"]);
    const filler = { attempt_1: [[0]], attempt_2: [[0]] };
    expect(submission["not tried"]).toEqual([filler, filler]);
    expect(submission.four![3]).toEqual(filler);
    expect(submission.right).toEqual([
      { attempt_1: attemptsOf(5, 0).attempts[0], attempt_2: attemptsOf(5, 0).attempts[1] },
    ]);
  });
});

describe("filler in a submission", () => {
  const all = [...tasks, taskOf("not tried", [1, 1]), taskOf("failed")];
  const fillers = fillersOf(all, answers, ({ id }) =>
    id === "failed" ? "could not be solved (why)" : "left out",
  );

  it("is named by its reason, test input by test input", () => {
    expect(fillers).toEqual({
      refused: ["four (4)", "unknown (2)"],
      "left out": ["not tried", "not tried (2)"],
      "could not be solved (why)": ["failed"],
    });
    expect(fillersOf(tasks.slice(1, 3), answers, () => "left out")).toEqual({});
  });

  it("is told in the report, and nothing is where there is none", () => {
    const partial = summarizeEvaluation(results, [...answers.values()], fillers);
    expect(fillerText(partial)).toBe(
      "submission.json has filler for 5 test inputs: 2 refused, 2 left out, 1 could not be solved (why)",
    );
    const manifest = { settings: {}, command: [] };
    expect(evalMarkdown(manifest as never, partial, results)).toContain(
      "- refused: four (4), unknown (2)\n- left",
    );
    expect(fillerText(summary)).toBe("");
    expect(evalMarkdown(manifest as never, summary, results)).not.toContain("iller");
  });
});

describe("a dataset's three scores", () => {
  const scores = (...items: [task: string, correct: boolean | null][]) => {
    const { kaggle, taskMean, wholeTasks } = scoresOf(items.map(([task, correct]) => ({ task, correct })));
    return {
      ...{ outputs: kaggle.of, tasks: taskMean.of, kaggle: kaggle.value },
      ...{ taskMean: taskMean.value, wholeTasks: wholeTasks.value },
    };
  };

  it("differ where a task has several outputs", () => {
    // a: 2 of 2, b: 1 of 3, c: 0 of 1; results of one task need not stand together.
    expect(scores(["a", true], ["b", true], ["c", false], ["b", false], ["a", true], ["b", false])).toEqual({
      outputs: 6,
      tasks: 3,
      kaggle: 3 / 6,
      taskMean: (1 + 1 / 3 + 0) / 3,
      wholeTasks: 1 / 3,
    });
  });

  it("leave out outputs without a known answer", () => {
    const score = scores(["a", true], ["a", null], ["b", null], ["c", false]);
    expect(score).toEqual({ outputs: 2, tasks: 2, kaggle: 0.5, taskMean: 0.5, wholeTasks: 0.5 });
  });

  it("are unknown over nothing", () => {
    const nothing = { outputs: 0, tasks: 0, kaggle: null, taskMean: null, wholeTasks: null };
    expect(scores()).toEqual(nothing);
    expect(scores(["a", null])).toEqual(nothing);
  });

  it("keep hostile task ids apart", () => {
    expect(scores(["__proto__", true], ["constructor", false])).toMatchObject({ tasks: 2, wholeTasks: 0.5 });
  });
});

describe("scores", () => {
  it("are the three that the field calls so, each with what it is of", () => {
    const { kaggle, taskMean, wholeTasks } = summary.scores;
    expect([kaggle.value, kaggle.of]).toEqual([3 / 6, 6]);
    expect([taskMean.value, taskMean.of]).toEqual([(2 / 4 + 1 + 0) / 3, 3]);
    expect([wholeTasks.value, wholeTasks.of]).toEqual([1 / 3, 3]);
    expect(summary).toMatchObject({
      tasks: 4,
      outputs: 8,
      known: 6,
      firstAttempt: { value: 2 / 6 },
      found: { value: 3 / 6 },
    });
    expect(summary.outcomes).toEqual({ right: 2, "second attempt": 1, wrong: 2, refused: 2, unknown: 1 });
    expect(summary.bySize.map(({ of, value }) => [of, value])).toEqual([
      [6, 0.5],
      [0, null],
      [0, null],
    ]);
  });

  it("have Wilson's intervals for shares, and a bootstrap's for the mean over tasks", () => {
    expect(summary.scores.kaggle.interval[0]).toBeCloseTo(0.187616, 5);
    expect(summary.scores.kaggle.interval[1]).toBeCloseTo(0.812384, 5);
    expect(summary.scores.wholeTasks.interval[0]).toBeCloseTo(0.061492, 5);
    const half = Array.from({ length: 400 }, (_, i) => ({ task: `t${i >> 1}`, correct: i % 4 < 2 }));
    // Of 200 tasks, half of them solved: a standard error of 0.5 / sqrt(200).
    const [low, high] = scoresOf(half).taskMean.interval;
    expect(low).toBeCloseTo(0.5 - 1.96 * 0.03536, 1.5);
    expect(high).toBeCloseTo(0.5 + 1.96 * 0.03536, 1.5);
    expect(high - low).toBeGreaterThan(0.1);
  });

  it("admit to what a few tasks without a success do not tell", () => {
    const none = Array.from({ length: 10 }, (_, i) => ({ task: `t${i}`, correct: false }));
    expect(scoresOf(none).taskMean.interval[1]).toBeCloseTo(0.277533, 5);
    expect(shareText(scoresOf([]).kaggle)).toBe("-");
  });

  it("come with what was spent", () => {
    expect(summary.time).toEqual({ mean: 25, median: 25, total: 100 });
    expect(summary.training).toEqual({ steps: 8, tokens: 80, milliseconds: 4 });
    expect(summary.decoding).toMatchObject({ passes: 24, pairs: 2400, promptMs: 12 });
  });
});

describe("the report", () => {
  it("tells scores by name, costs, outcomes and settings", () => {
    const manifest = {
      ...{
        format: "jigsaw-eval/1",
        run: "r",
        started: "",
        resumed: [],
        finished: null,
        hosts: [],
        devices: [],
      },
      ...{ command: ["jigsaw", "eval"], data: [], tasks: {} },
      settings: { decoder: "steps", modelSha256: "0123456789abcdef0", versions: { node: "20" } },
    } as const;
    const text = evalMarkdown(manifest as never, summary, results);
    expect(text).toContain("| Kaggle | 50.0 % (18.8 to 81.2) | 6 outputs |");
    expect(text).toContain("- wrong, 2: four (3), size\n");
    expect(text).toContain("- refused, 2: four (4), unknown (2)");
    expect(text).toContain("- model-sha256: 0123456789abcdef\n- node: 20\n");
    expect(text).not.toMatch(/NaN|undefined/);
  });
});

// Whole tasks: training, views, scores and choice together, on models of random weights.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyToGrid } from "../arc/augment.ts";
import { type Grid, height, makeGrid, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { decoders } from "../decode/decoders/index.ts";
import { openSession } from "../decode/session.ts";
import { smallSizes, trainedFor } from "../decode/tiny.test-helper.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { exactLikelihoods } from "./likelihood.ts";
import { FILLER } from "./rank.ts";
import { type TaskSolution, taskSolutionSchema } from "./solution.ts";
import type { SolveEvent, Solving } from "./solve.ts";
import { openSolver, type SolveSettings, solve, type TrainableModel } from "./solver.ts";
import { viewsOf } from "./views.ts";

const two = (id: string): Task => {
  const [a, b] = [randomTask(id, 3, 4), randomTask(`${id}, second`, 1, 4)];
  return { ...a, test: [...a.test, ...b.test] };
};
const task = two("solver");

async function run(solving: Solving) {
  const events: SolveEvent[] = [];
  for await (const event of solving) events.push(event);
  return { events, solution: await solving.result };
}

/** What does not hang on the clock. */
const timeless = (solution: TaskSolution): unknown =>
  JSON.parse(JSON.stringify(solution, (key, value) => (/[mM]s$|milliseconds/.test(key) ? 0 : value)));

describe("a solver", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  function trainable(decoder: keyof typeof decoders) {
    const config = tinyConfig(trainedFor(decoders[decoder]));
    const { engine: counting, counts } = countingEngine(engine);
    const weights = initialWeights(config, 8);
    const opened: TrainableModel = {
      engine: counting,
      model: smallSizes(openModel(counting, config, weights), 4),
      weights: async () => weights,
      open: (trained) => smallSizes(openModel(counting, config, trained), 4),
    };
    return { opened, counts };
  }
  const ALL: SolveSettings = {
    views: 3,
    choose: "product",
    tttSteps: 2,
    tttBatch: 1,
    masks: 3,
    size: "rules",
  };

  it.each(["greedy", "steps"] as const)("trains, decodes, scores and chooses (%s)", async (name) => {
    const { opened, counts } = trainable(name);
    const solver = await openSolver(opened, { ...ALL, decoder: name });
    const { events, solution } = await run(solver.solve(task));
    expect(taskSolutionSchema.parse(solution)).toEqual(solution);
    expect(solution.training.steps).toBe(2);
    const kinds = events.map((event) => (event.type === "frame" ? `frame ${event.test}` : event.type));
    expect(kinds.filter((kind, i) => kind !== kinds[i - 1])).toEqual([
      "training",
      "trained",
      "frame 0",
      "solved",
      "frame 1",
      "solved",
    ]);
    for (const { candidates, attempts, ledger } of solution.tests) {
      expect(attempts[0]).toEqual(candidates[0]!.grid);
      const scores = candidates.map(({ score }) => score!);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(candidates.flatMap(({ views }) => views).toSorted()).toEqual([0, 1, 2]);
      expect(
        candidates.every(({ standardError }) =>
          name === "greedy" ? standardError === 0 : standardError! > 0,
        ),
      ).toBe(true);
      expect(ledger.decoding.passes).toBeGreaterThan(0);
      expect(ledger.scoring.passes).toBeGreaterThan(0);
    }
    // The next task finds the model as it was, and this one gives the same again.
    await run(solver.solve(two("another")));
    const again = await run(solver.solve(task));
    expect(timeless(again.solution)).toEqual(timeless(solution));
    await solver.close();
    expect(counts.kept.size).toBe(0);
    await opened.model.close();
  });

  it("scores a candidate by the sum of its likelihoods in each view", async () => {
    const { opened } = trainable("greedy");
    const { solution } = await run(
      solve(opened, task, { ...ALL, tttSteps: 0, decoder: "greedy", size: "model" }),
    );
    const [best] = solution.tests[0]!.candidates;
    let sum = 0;
    for (const { augmentation, prompt } of viewsOf(opened.model, task, 0, 3, 1)) {
      await using session = openSession(opened.model, prompt);
      const [found] = await exactLikelihoods(session, [applyToGrid(augmentation, best!.grid)]);
      sum += found!.size + found!.cells;
    }
    expect(best!.score).toBeCloseTo(sum, 3);
    await opened.model.close();
  });

  it("scores under as many views as it is told, fewer or more than are decoded", async () => {
    const { opened } = trainable("greedy");
    const passes = async (scoringViews: number) => {
      const settings = { ...ALL, tttSteps: 0, decoder: "greedy", scoringViews } as const;
      const { solution } = await run(solve(opened, task, settings));
      const { decoding, scoring } = solution.tests[0]!.ledger;
      expect(decoding.prompts).toBe(3);
      return { passes: scoring.passes, prompts: scoring.prompts };
    };
    // All candidates side by side in one pass a view; views that were not decoded are encoded first.
    expect(await passes(1)).toEqual({ passes: 1, prompts: 0 });
    expect(await passes(5)).toEqual({ passes: 5 + 2, prompts: 2 });
    await opened.model.close();
  });

  it("refuses a test input that is too long, and answers the others", async () => {
    const { opened } = trainable("steps");
    const many: Task = {
      ...task,
      train: Array.from({ length: 4000 / promptTokens(task).length }, () => task.train).flat(),
      test: [task.test[0]!, { input: makeGrid(30, 30, () => 1) }],
    };
    const { solution } = await run(
      solve(opened, { ...many, id: "long" }, { decoder: "steps", tttSteps: 0, views: 1 }),
    );
    expect(solution.tests[0]!.refused).toBeUndefined();
    expect(solution.tests[0]!.candidates.length).toBe(1);
    expect(solution.tests[1]).toMatchObject({
      refused: expect.stringContaining("tokens"),
      attempts: [FILLER, FILLER],
    });
    await opened.model.close();
  });

  it("stops between views when its time is over, with what it has", async () => {
    const { opened } = trainable("greedy");
    const { solution } = await run(
      solve(opened, task, { ...ALL, tttSteps: 0, decoder: "greedy", views: 6, timePerTask: 1e-6 }),
    );
    expect(solution.tests.map(({ candidates }) => candidates.map(({ views }) => views))).toEqual([
      [[0]],
      [[0]],
    ]);
    await opened.model.close();
  });

  it("trains for at most half of a task's time", async () => {
    const { opened } = trainable("greedy");
    const settings = { ...ALL, decoder: "greedy", tttSteps: 100_000, timePerTask: 1 } as const;
    const { solution } = await run(solve(opened, task, settings));
    expect(solution.training.steps).toBeGreaterThan(0);
    expect(solution.training.steps).toBeLessThan(100_000);
    await opened.model.close();
  });

  it("tries the size that the content tells where no rule does, when asked for both", async () => {
    const { opened } = trainable("steps");
    const holding = (rows: number, columns: number): Grid =>
      makeGrid(6, 6, (r, c) => (r >= 1 && r <= rows && c >= 1 && c <= columns ? 3 : 0));
    const box = (rows: number, columns: number): Grid => makeGrid(rows, columns, () => 3);
    const cropping: Task = {
      id: "cropping",
      train: [
        { input: holding(2, 3), output: box(2, 3) },
        { input: holding(4, 2), output: box(4, 2) },
      ],
      test: [{ input: holding(3, 4) }],
    };
    const { solution } = await run(solve(opened, cropping, { decoder: "steps", views: 4, size: "both" }));
    const sizes = new Set(solution.tests[0]!.candidates.map(({ grid }) => `${height(grid)}x${width(grid)}`));
    // Content first, then what the model finds likely.
    expect([...sizes][0]).toBe("3x4");
    expect(sizes.size).toBeLessThanOrEqual(2);
    await opened.model.close();
  });

  it("refuses a decoder that the model was not trained for, and settings that do not fit", async () => {
    const { opened, counts } = trainable("greedy");
    const refusal = (code: string) => ({ name: "JigsawError", code });
    await expect(openSolver(opened, { decoder: "steps" })).rejects.toMatchObject(refusal("unsupported"));
    await expect(openSolver(opened, { decoder: "greedy", views: 0 })).rejects.toMatchObject(
      refusal("bad-option"),
    );
    await expect(openSolver(opened, { decoder: "greedy@other" })).rejects.toMatchObject(
      refusal("bad-option"),
    );
    expect(counts.runs).toBe(0);
    await opened.model.close();
  });

  it("leaves nothing behind where it is stopped", async () => {
    const { opened, counts } = trainable("greedy");
    const solver = await openSolver(opened, { ...ALL, decoder: "greedy" });
    for (const last of ["training", "frame", "solved"]) {
      for await (const event of solver.solve(task)) if (event.type === last) break;
    }
    await solver.close();
    expect(counts.kept.size).toBe(0);
    await opened.model.close();
  });

  describe("solving, as a stream", () => {
    const QUICK: SolveSettings = { decoder: "greedy", views: 1, size: "model" };

    it("starts by itself: awaited only, iterated only, or both", async () => {
      const { opened, counts } = trainable("greedy");
      const awaited = await solve(opened, task, QUICK).result;
      expect(awaited.tests.length).toBe(2);
      const types: string[] = [];
      for await (const { type } of solve(opened, task, QUICK)) types.push(type);
      expect(types.filter((type) => type === "solved").length).toBe(2);
      const both = solve(opened, task, QUICK);
      expect("then" in both).toBe(false);
      const { events, solution } = await run(both);
      expect(events.map(({ type }) => type)).toEqual(types);
      expect(timeless(solution)).toEqual(timeless(awaited));
      expect(() => both[Symbol.asyncIterator]()).toThrow("iterated over before");
      expect(counts.kept.size).toBe(0);
      await opened.model.close();
    });

    it("stops within a pass, and leaves nothing behind, by break, by an error and by an abort", async () => {
      const { opened, counts } = trainable("greedy");
      for (const leave of ["break", "throw", "abort"]) {
        const stop = new AbortController();
        const solving = solve(opened, task, QUICK, stop.signal);
        const watch = async () => {
          for await (const { type } of solving) {
            if (type !== "frame") continue;
            if (leave === "break") break;
            if (leave === "throw") throw new Error("of the watcher");
            stop.abort(new Error("enough"));
          }
        };
        if (leave === "break") await watch();
        else await expect(watch()).rejects.toThrow(leave === "throw" ? "of the watcher" : "enough");
        const reason = leave === "abort" ? { message: "enough" } : { code: "interrupted" };
        await expect(solving.result).rejects.toMatchObject(reason);
        expect(counts.kept.size).toBe(0);
      }
      await opened.model.close();
    });

    it("hands on a failure, which is no unhandled rejection where nobody asks", async () => {
      const { opened, counts } = trainable("greedy");
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on("unhandledRejection", note);
      counts.onRun = (at) => {
        if (at === 3) throw new Error("out of memory");
      };
      const unasked = solve(opened, task, QUICK);
      await sleep(1);
      await unasked.result.catch(() => {});
      counts.runs = 0;
      await expect(run(solve(opened, task, QUICK))).rejects.toThrow("out of memory");
      solve(opened, task, { decoder: "steps" });
      await sleep(20);
      process.off("unhandledRejection", note);
      expect(unhandled).toEqual([]);
      expect(counts.kept.size).toBe(0);
      await opened.model.close();
    });
  });
});

// Training as a library user does it: objectives of one's own, steps to watch, a result to await.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { random } from "../core/random.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { gap, randomTask } from "../model/tiny.test-helper.ts";
import { nextTokens } from "../objectives/autoregressive.ts";
import { defineObjective, type Example, objectives, type Preparation } from "../objectives/index.ts";
import { patterns, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import { newConfig } from "./config.ts";
import { type Trained, type TrainingOptions, train } from "./train.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const config = newConfig({
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 8,
  intermediateSize: 24,
});
const tasks = [0, 1, 2].map((i) => randomTask(`train ${i}`, 2, 3));

/** An objective as a user writes it: the cells of the test's output alone. */
const cellsOnly = defineObjective({
  name: "cells-only",
  about: "the cells of the test's output",
  patterns: ["causal"],
  options: z.object({ weight: z.number().default(1).describe("weight of a cell") }),
  capabilities: () => ["autoregressive"],
  example(task, _, __, { weight }) {
    const whole = nextTokens(task);
    const grid = whole.tokens.at(-2)!.place.grid;
    const isAsked = whole.labels.map((label, i) => label >= 0 && whole.tokens[i + 1]!.place.grid === grid);
    return { ...whole, weights: isAsked.map((asked) => (asked ? weight : 0)) };
  },
});

const SETTINGS = { objective: cellsOnly, tasks, batchSize: 2, steps: 3 };
const start = (on = engine) => ({ engine: on, config });
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("train", () => {
  it("learns an objective of a user's own, and gives the trained model", async () => {
    const training = train(start(), { ...SETTINGS, steps: 40, schedule: "constant" });
    const steps: number[] = [];
    for await (const { step, loss, gradNorm, tokens } of training) {
      steps.push(step);
      expect([loss > 0, gradNorm > 0, tokens > 2 * 20]).toEqual([true, true, true]);
    }
    expect(steps).toEqual([...Array(40).keys()].map((i) => i + 1));
    const trained = await training.result;
    expect(trained.config.jigsaw).toMatchObject({ objectives: ["autoregressive"], pattern: "causal" });
    expect(mean(trained.losses.slice(-5))).toBeLessThan(mean(trained.losses.slice(0, 5)) - 0.5);
    expect(Object.keys(trained.weights)).toEqual(Object.keys(initialWeights(config, 1)));
  });

  it("gives the same result whether its steps are watched or not, and starts by itself", async () => {
    const { engine: counting, counts } = countingEngine(engine);
    const watched = train(start(), SETTINGS);
    for await (const _ of watched);
    const alone = train(start(counting), SETTINGS);
    await expect.poll(() => counts.runs, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await alone.result).toEqual(await watched.result);
    expect("then" in alone).toBe(false);
  });

  it.each(["break", "throw", "abort"])("stops on %s, and frees what it holds", async (how) => {
    const { engine: counting, counts } = countingEngine(engine);
    const stop = new AbortController();
    const training = train(start(counting), { ...SETTINGS, steps: 10_000, signal: stop.signal });
    const watch = async () => {
      for await (const { step } of training) {
        if (step < 2) continue;
        if (how === "break") break;
        if (how === "throw") throw new Error("enough");
        stop.abort(new Error("enough"));
      }
    };
    await (how === "break" ? watch() : expect(watch()).rejects.toThrow("enough"));
    await expect(training.result).rejects.toThrow(how === "abort" ? "enough" : "nobody watches");
    expect([counts.kept.size, counts.programs]).toEqual([0, 0]);
  });

  it("goes on from an open model, whose weights stay as they are", async () => {
    const weights = initialWeights(config, 5);
    const before = structuredClone(weights);
    const open = { engine, model: { config }, weights: async () => weights };
    for (const over of [{}, { loraRank: 2 }, { ema: 0.5 }, { gradientCheckpointing: "recompute" as const }]) {
      const trained = await train(open, { ...SETTINGS, ...over }).result;
      expect(weights).toEqual(before);
      const name = "model.layers.0.self_attn.q_proj.weight";
      expect(trained.weights[name]!.data).not.toEqual(before[name]!.data);
    }
  });

  it.each<[string, Partial<TrainingOptions<typeof cellsOnly.options>>, RegExp]>([
    ["a step size of nothing", { steps: 0 }, /steps 0/],
    ["an option that does not fit", { options: { weight: "much" as never } }, /--weight much/],
    ["a rank below 0", { loraRank: -1 }, /loraRank -1/],
    ["a module that the model does not have", { loraRank: 1, loraTargets: ["w_proj"] }, /"w_proj"/],
    ["no tasks", { tasks: [] }, /no task to learn from/],
    ["an adapter in one graph", { loraRank: 1, gradientCheckpointing: "none" }, /layer by layer/],
    ["a rate that diverges", { learningRate: 1e30, muonLearningRate: 1e30 }, /diverged at step \d/],
  ])("refuses %s, through the result", async (_, over, message) => {
    await expect(train(start(), { ...SETTINGS, ...over }).result).rejects.toThrow(message);
  });

  it("ends when its seconds are over, its learning rates at 0", async () => {
    const rates: number[] = [];
    const training = train(start(), {
      ...SETTINGS,
      steps: 100_000,
      seconds: 1,
      schedule: "linear",
      warmup: 0,
    });
    for await (const { learningRate } of training) rates.push(learningRate);
    expect(rates.length).toBeLessThan(100_000);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(rates.at(-1)! / rates[0]!).toBeLessThan(0.5);
    expect((await training.result).losses.length).toBe(rates.length);
  });
});

describe("weights of predictions", () => {
  /** A step without a rate, which changes nothing: its loss is that of the weights at the start. */
  const lossWith = async (weight: number) => {
    const still = { steps: 1, learningRate: 1e-30, muonLearningRate: 1e-30 };
    return (await train(start(), { ...SETTINGS, ...still, options: { weight } }).result).losses[0]!;
  };

  it("count by their ratio; negative ones turn the loss around, and none at all gives 0", async () => {
    const loss = await lossWith(1);
    expect(await lossWith(7)).toBeCloseTo(loss, 4);
    expect(await lossWith(-1)).toBeCloseTo(-loss, 5);
    expect(await lossWith(0)).toBe(0);
  });
});

it("sees the whole pattern from the start, or from causal on where annealed: with a share of 0 for one step", async () => {
  const still = { steps: 2, learningRate: 1e-30, muonLearningRate: 1e-30, weightDecay: 0 };
  const learning = { objective: objectives["masked-diffusion"], tasks, batchSize: 2 };
  const lossesWith = async (over: object) =>
    (await train(start(), { ...learning, ...still, ...over }).result).losses;
  const [open, first, both] = [
    await lossesWith({}),
    await lossesWith({ anneal: 0 }),
    await lossesWith({ anneal: 1 }),
  ];
  expect(first[0]).not.toBe(open[0]);
  expect(both[0]).toBe(first[0]);
  expect(first[1]).toBe(open[1]);
  expect(both[1]).not.toBe(open[1]);
});

/** Tasks whose answer is one cell of colour 3. */
const oneCell = (index: number): Task => {
  const pair = { input: [[random("bandit", index).int(0, 9)]], output: [[3]] };
  return { id: `${index}`, train: [pair, pair], test: [pair] };
};

/** The index at which an example's answer is predicted: the label before its end token's. */
const cellOf = ({ labels }: Example) => labels.findLastIndex((label) => label >= 0) - 2;

describe("prepare", () => {
  it("samples from the weights in training, and learns from rewards, negative ones included", async () => {
    const rewards: number[] = [];
    const reinforce = defineObjective({
      name: "reinforce",
      about: "whichever cell is rewarded",
      patterns: ["causal"],
      options: z.object({}),
      capabilities: () => ["autoregressive"],
      example: nextTokens,
      async prepare({ examples, tasks, logits, random, config: { vocabSize } }) {
        const draw = random("samples");
        const found = await logits(examples);
        return examples.map((example, i) => {
          const at = cellOf(example);
          const scores = [...found[i]!.subarray(at * vocabSize, at * vocabSize + 10)].map(Math.exp);
          let left = draw.float() * scores.reduce((a, b) => a + b);
          const sampled = scores.findIndex((score) => {
            left -= score;
            return left < 0;
          });
          const reward = Number(sampled === tasks[i]!.test[0]!.output![0]![0]);
          rewards.push(reward);
          return {
            ...example,
            labels: example.labels.map((_, j) => (j === at ? sampled : -1)),
            weights: example.labels.map((_, j) => (j === at ? reward - 0.2 : 0)),
          };
        });
      },
    });
    const options = { objective: reinforce, tasks: oneCell, batchSize: 16, steps: 60, warmup: 0 };
    await train(start(), { ...options, schedule: "constant" }).result;
    expect(mean(rewards.slice(0, 32))).toBeLessThan(0.4);
    expect(mean(rewards.slice(-64))).toBeGreaterThan(0.9);
  });

  it("opens a model of the weights in training, which is closed after the step", async () => {
    const { engine: counting, counts } = countingEngine(engine);
    let asked = 0;
    const asking = (how: (preparation: Preparation<object>) => Promise<readonly Example[]>) => ({
      ...cellsOnly,
      prepare: how,
    });
    const objective = asking(async ({ examples, logits, model }) => {
      asked++;
      const [{ tokens, spans }, found] = [examples[0]!, (await logits(examples))[0]!];
      const mask = new Uint8Array(tokens.length ** 2);
      writeMask(visibleKeys(spans, patterns.causal), mask, tokens.length);
      const want = { logits: true, cache: false } as const;
      const pass = await (await model()).run({ tokens, mask }, want, newLedger(), "decode");
      expect(gap(found, pass.logits)).toBeLessThan(1e-3);
      return examples;
    });
    await train(start(counting), { ...SETTINGS, objective }).result;
    expect(asked).toBe(3);
    expect([counts.kept.size, counts.programs]).toEqual([0, 0]);
    const adapter = train(start(), { ...SETTINGS, objective, loraRank: 1 });
    await expect(adapter.result).rejects.toThrow("not possible with an adapter");
    const fewer = train(start(), { ...SETTINGS, objective: asking(async () => []) });
    await expect(fewer.result).rejects.toThrow("prepared 0 examples for a batch of 2");
  });
});

it("trains the shipped objectives alike", async () => {
  const options = { wrongCells: 0.5, pattern: "prefix" } as const;
  const trained: Trained = await train(start(), {
    ...SETTINGS,
    objective: objectives["masked-diffusion"],
    options,
  }).result;
  expect(trained.config.jigsaw).toMatchObject({
    objectives: ["masked-diffusion", "wrong-cells"],
    pattern: "prefix",
  });
  const model = openModel(engine, trained.config, trained.weights);
  await model.close();
});

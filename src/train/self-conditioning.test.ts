/** Learning given a first guess: what is fed is what decoding feeds, gradients are right, and resuming changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLOURS } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { promptOf } from "../decode/puzzle-prompt.ts";
import { openSession } from "../decode/session.ts";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { evaluate, expectClose } from "../graph/check.test-helper.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { EMBEDDING } from "../model/weights.ts";
import { maskedDiffusion } from "../objectives/masked-diffusion.ts";
import { type Example, objectiveOptions } from "../objectives/objective.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { packBatch, totalWeight } from "./batch.ts";
import { newConfig, trainedConfig } from "./config.ts";
import { gradientGraph, gradientOf } from "./graphs.ts";
import { openPreparer } from "./prepare.ts";
import { checkpointingOf, learningOf, trainSettings } from "./settings.ts";
import { checkpointingFor } from "./steps.ts";
import type { Trainer } from "./trainer.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 2 });
});
afterAll(() => engine.close());

const options = objectiveOptions(maskedDiffusion, {
  pattern: "causal-prompt",
  fullMask: 0,
  sizeWeight: 1,
  shift: true,
  selfConditioning: 1,
});
const config = tinyConfig({ pattern: "causal-prompt", shift: true });
const weights = initialWeights(config, 2);
const samples = [0, 1].map((i) => {
  const task = randomTask(`guess ${i}`, 2);
  return { task, example: maskedDiffusion.example(task, 0.6, random("guess", i), options) };
});
const examples = samples.map(({ example }) => example);
type Fed = Record<string, HostTensor>;
const pack = (of: readonly Example[]) =>
  packBatch(of, config, patterns["causal-prompt"], totalWeight(of)) as Fed;
const feeds = pack(examples);
const [, length] = feeds.ids!.dims as [number, number];
const isMaskedCell = ({ tokens }: Example, i: number) =>
  tokens[i]!.id === TOKEN.mask && tokens[i]!.place.row > 0;

/** Prepares examples with the weights as they are, of which a share is guessed. */
const preparerOf = (selfConditioning: number) =>
  openPreparer(engine, { weights: () => weights } as unknown as Trainer, {
    objective: maskedDiffusion,
    options: { ...options, selfConditioning },
    config,
    batchSize: 2,
    seed: 1,
  });

describe("what is fed", () => {
  it("is what decoding feeds, and nothing where nothing is guessed", async () => {
    const preparer = preparerOf(1);
    const [guessed] = await preparer.prepare(0, [samples], () => undefined);
    const packed = packBatch(guessed!, config, patterns["causal-prompt"], 1, { soft: true });
    const { dims, data } = packed.softEmbeddings as HostTensor;
    expect(dims).toEqual([2, length, config.vocabSize]);
    const model = openModel(engine, config, weights);
    for (const [b, { task, example }] of samples.entries()) {
      const { tokens, spans } = example;
      const start = tokens.length - spans.at(-1)!.length;
      await using session = openSession(model, promptOf(model, task));
      const answer = tokens.slice(start);
      const masked = [...answer.keys()].filter((i) => isMaskedCell(example, start + i));
      const [logits] = await session.predict([{ tokens: answer, predict: masked }]);
      const surest = masked.map((i, row) => {
        const powers = [...logits!.subarray(row * config.vocabSize, row * config.vocabSize + COLOURS)].map(
          Math.exp,
        );
        const total = powers.reduce((a, b) => a + b);
        const at = (b * length + start + i) * config.vocabSize;
        for (const [colour, power] of powers.entries())
          expect(Math.abs((data[at + colour] as number) - power / total)).toBeLessThan(1e-4);
        return Math.max(...powers) / total;
      });
      expect(Math.max(...surest)).toBeGreaterThan(0.2);
      for (const i of tokens.keys()) {
        const row = data.subarray(
          (b * length + i) * config.vocabSize,
          (b * length + i + 1) * config.vocabSize,
        );
        const sum = (row as Float32Array).reduce((a, p) => a + p, 0);
        expect(sum).toBeCloseTo(Number(isMaskedCell(example, i)), 5);
      }
    }
    const never = preparerOf(0);
    expect(await never.prepare(0, [samples], () => undefined)).toEqual([examples]);
    const none = packBatch(examples, config, patterns["causal-prompt"], 1, { soft: true });
    expect((none.softEmbeddings as HostTensor).data.every((p) => p === 0)).toBe(true);
    await model.close();
    await preparer.close();
  });
});

describe("gradients given a guess", () => {
  const gradients = (fed: Fed, soft?: Float32Array) =>
    evaluate(engine, gradientGraph(config, 2, false, soft !== undefined), {
      ...weights,
      ...fed,
      ...(soft && { softEmbeddings: { dims: [2, length, config.vocabSize], data: soft } }),
    });
  const zeros = () => new Float32Array(2 * length * config.vocabSize);

  it("are the plain ones where the guess is empty", async () => {
    const [plain, empty] = [await gradients(feeds), await gradients(feeds, zeros())];
    for (const [name, gradient] of Object.entries(plain)) expectClose(empty[name]!, gradient, 1e-6, name);
  });

  it("are those of colours in the masks' place where the guess takes them for colours", async () => {
    const { int } = random("colours");
    const soft = zeros();
    const filled = examples.map((example, b) => ({
      ...example,
      tokens: example.tokens.map((token, i) => {
        if (!isMaskedCell(example, i)) return token;
        const id = int(0, COLOURS - 1);
        const at = (b * length + i) * config.vocabSize;
        soft[at + id] = 1;
        soft[at + TOKEN.mask] = -1;
        return { ...token, id };
      }),
    }));
    const [wanted, found] = [await gradients(pack(filled)), await gradients(feeds, soft)];
    expect(found.loss!.data[0]).toBeCloseTo(wanted.loss!.data[0]!, 5);
    for (const [name, gradient] of Object.entries(wanted)) expectClose(found[name]!, gradient, 1e-4, name);
  });

  it("flow into the embeddings that are mixed, as finite differences say", async () => {
    const draw = random("mixture");
    const soft = zeros();
    for (const [b, example] of examples.entries()) {
      for (const i of example.tokens.keys()) {
        if (!isMaskedCell(example, i)) continue;
        for (let id = 0; id < COLOURS; id++)
          soft[(b * length + i) * config.vocabSize + id] = draw.float() / COLOURS;
      }
    }
    const found = (await gradients(feeds, soft))[gradientOf(EMBEDDING)]!;
    const table = weights[EMBEDDING]!;
    const step = 2e-3;
    // Along the rows of the colours, which the mixture is of.
    const direction = Array.from(table.data, (_, i) => (i < COLOURS * config.hiddenSize ? draw.normal() : 0));
    const lossAt = async (by: number) => {
      const data = table.data.map((value, i) => value + by * direction[i]!);
      const fed = { ...feeds, [EMBEDDING]: { ...table, data } } as Fed;
      return (await gradients(fed, soft)).loss!.data[0]!;
    };
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    const wanted = found.data.reduce((sum, g, i) => sum + g * direction[i]!, 0);
    expect(Math.abs(wanted)).toBeGreaterThan(0.01);
    expect(Math.abs(slope / wanted - 1)).toBeLessThan(0.02);
  });
});

describe("the setting", () => {
  const settings = (over: object) => trainSettings.parse({ selfConditioning: 0.5, ...over });
  const trains = (over: object) => trainedConfig(newConfig(), learningOf(settings(over))).jigsaw.objectives;
  const check = (over: object) => {
    const given = settings(over);
    return checkpointingFor(learningOf(given), given.loraRank > 0, checkpointingOf(given));
  };

  it("is what makes a checkpoint that takes guesses, of objectives that mask", () => {
    expect(trains({})).toContain("self-conditioning");
    expect(trains({ objective: "joint" })).toContain("self-conditioning");
    expect(trains({ selfConditioning: 0 })).not.toContain("self-conditioning");
    expect(trains({ objective: "autoregressive" })).not.toContain("self-conditioning");
  });

  it("is refused where the model is not in one graph", () => {
    for (const over of [{ memory: "layers" }, { memory: "frugal" }, { loraRank: 4 }])
      expect(() => check(over)).toThrow("--self-conditioning");
    expect(check({})).toBe("none");
    expect(check({ memory: "layers", selfConditioning: 0 })).toBe("layers");
    expect(check({ memory: "layers", objective: "autoregressive" })).toBe("layers");
  });
});

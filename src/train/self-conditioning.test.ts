/** Learning given a first guess: what is fed is what decoding feeds, gradients are right, and resuming changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLOURS } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { openContext } from "../decode/context.ts";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { evaluate, expectClose } from "../graph/check.test-helper.ts";
import { initialWeights } from "../model/initialise.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { EMBEDDING } from "../model/weights.ts";
import { writeGuess } from "../objectives/guess.ts";
import { maskedDiffusion } from "../objectives/masked-diffusion.ts";
import type { Example } from "../objectives/objective.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { packBatch, totalWeight } from "./batch.ts";
import { gradientGraph, gradientOf } from "./graphs.ts";
import { openGuesser } from "./self-conditioning.ts";
import { guesses, newConfig, trainSettings } from "./settings.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 2 });
});
afterAll(() => engine.close());

const options = {
  pattern: "causal-prompt",
  weighting: "uniform",
  fullMask: 0,
  sizeWeight: 1,
  copies: 1,
  shift: true,
  blockSize: null,
  wrongCells: 0,
  selfConditioning: 1,
} as const;
const config = tinyConfig({ pattern: "causal-prompt", shift: true });
const weights = initialWeights(config, 2);
const examples = [0, 1].map((i) =>
  maskedDiffusion.example(randomTask(`guess ${i}`, 2), 0.6, random("guess", i), options),
);
type Fed = Record<string, HostTensor>;
const pack = (of: readonly Example[]) =>
  packBatch(of, config, patterns["causal-prompt"], totalWeight(of)) as Fed;
const feeds = pack(examples);
const [, length] = feeds.ids!.dims as [number, number];
const isMaskedCell = ({ tokens }: Example, i: number) =>
  tokens[i]!.id === TOKEN.mask && tokens[i]!.place.row > 0;

describe("what is fed", () => {
  it("is what decoding feeds, and nothing where nothing is guessed", async () => {
    const guesser = await openGuesser(engine, config, 2);
    const { dims, data } = await guesser.guess(weights, feeds, examples);
    expect(dims).toEqual([2, length, config.vocabSize]);
    const model = openModel(engine, config, weights);
    for (const [b, { tokens, spans }] of examples.entries()) {
      const { length: prompt } = spans[0]!;
      const last = spans.at(-1)!.length;
      const start = tokens.length - last;
      const context = await openContext(model, tokens.slice(0, prompt), "prompt", newLedger());
      const answer = tokens.slice(start);
      const wanted = new Float32Array(last * config.vocabSize);
      writeGuess(wanted, answer, await context.look(answer), { vocabSize: config.vocabSize, shift: true });
      const at = (b * length + start) * config.vocabSize;
      const found = (data as Float32Array).subarray(at, at + wanted.length);
      expect(wanted.some((p) => p > 0.2)).toBe(true);
      for (const [i, p] of wanted.entries()) expect(Math.abs(found[i]! - p)).toBeLessThan(1e-4);
      for (const i of tokens.keys()) {
        const row = data.subarray(
          (b * length + i) * config.vocabSize,
          (b * length + i + 1) * config.vocabSize,
        );
        const sum = (row as Float32Array).reduce((a, p) => a + p, 0);
        expect(sum).toBeCloseTo(Number(isMaskedCell(examples[b]!, i)), 5);
      }
      await context.close();
    }
    const none = await guesser.guess(weights, feeds, []);
    expect((none.data as Float32Array).every((p) => p === 0)).toBe(true);
    await model.close();
    await guesser.close();
  });
});

describe("gradients given a guess", () => {
  const gradients = (fed: Fed, soft?: Float32Array) =>
    evaluate(engine, gradientGraph(config, 2, false, soft !== undefined), {
      ...weights,
      ...fed,
      ...(soft && { soft: { dims: [2, length, config.vocabSize], data: soft } }),
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

  it("is what makes a checkpoint that takes guesses, of objectives that mask", () => {
    expect(newConfig(settings({})).jigsaw.objectives).toContain("self-conditioning");
    expect(newConfig(settings({ objective: "joint" })).jigsaw.objectives).toContain("self-conditioning");
    expect(newConfig(settings({ selfConditioning: 0 })).jigsaw.objectives).not.toContain("self-conditioning");
    expect(guesses(settings({}))).toBe(true);
    expect(guesses(settings({ selfConditioning: 0 }))).toBe(false);
    expect(guesses(settings({ objective: "autoregressive" }))).toBe(false);
  });

  it("is refused where the model is not in one graph", () => {
    for (const over of [{ memory: "layers" }, { memory: "frugal" }, { loraRank: 4 }])
      expect(() => guesses(settings(over))).toThrow("--self-conditioning");
    expect(guesses(settings({ memory: "layers", selfConditioning: 0 }))).toBe(false);
  });
});

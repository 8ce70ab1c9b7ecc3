// Layer by layer, gradients are those of the whole model in one graph.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { DeviceTensor, Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { differentiate } from "../graph/differentiate.ts";
import { crossEntropy } from "../graph/neural.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Qwen3Config } from "../model/config.ts";
import { initialWeights } from "../model/initialize.ts";
import {
  initialLora,
  type LoraConfig,
  loraEmbedding,
  loraInputs,
  loraLinear,
  loraShapes,
} from "../model/lora.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { lmHead, plainEmbedding, plainLinear, transformer } from "../model/transformer.ts";
import { type Weights, weightShapes } from "../model/weights.ts";
import { maskedDiffusion } from "../objectives/masked-diffusion.ts";
import { objectiveOptions } from "../objectives/objective.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { packBatch, totalWeight } from "./batch.ts";
import { type BatchGradients, wholeModelGradients } from "./gradients.ts";
import { batchInputs, gradientOf } from "./graphs.ts";
import { layerwiseGradients } from "./layerwise.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 2 });
});
afterAll(() => engine.close());

const OPTIONS = objectiveOptions(maskedDiffusion, { pattern: "prefix", fullMask: 0.3 });

function batchOf(config: Qwen3Config, key: string) {
  const examples = [0, 1].map((i) =>
    maskedDiffusion.example(randomTask(`${key} ${i}`), 0.5, random(key, i), OPTIONS),
  );
  return packBatch(examples, config, patterns.prefix, totalWeight(examples));
}

async function valuesOf({ loss, gradients }: BatchGradients) {
  const read = async (tensor: DeviceTensor) => (await engine.download(tensor)).data as Float32Array;
  const entries = Object.entries(gradients).map(async ([name, kept]) => [name, await read(kept)] as const);
  return { loss, gradients: Object.fromEntries(await Promise.all(entries)) };
}

type Values = Awaited<ReturnType<typeof valuesOf>>;

function expectSame(found: Values, wanted: Values): void {
  expect(found.loss).toBeCloseTo(wanted.loss, 5);
  expect(Object.keys(found.gradients).sort()).toEqual(Object.keys(wanted.gradients).sort());
  for (const [name, values] of Object.entries(wanted.gradients)) {
    const largest = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    expect(largest, name).toBeGreaterThan(0);
    const gap = values.reduce((top, v, i) => Math.max(top, Math.abs(v - found.gradients[name]![i]!)), 0);
    expect(gap / largest, name).toBeLessThan(2e-5);
  }
}

/** Adapters as after some training: a new one's B is 0, and so would be A's gradients. */
const trained = (weights: Weights): Weights =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { dims, data }]) => {
      const { normal } = random("trained", name);
      return [name, { dims, data: data.map((value) => value + 0.1 * normal()) }];
    }),
  );

const configs = {
  "tied, grid positions": tinyConfig(),
  "untied, positions in sequence": tinyConfig({ positions: "sequence", tieWordEmbeddings: false }),
};

describe.each(Object.entries(configs))("gradients layer by layer: %s", (_, config) => {
  it.each([true, false])("of all weights, recomputed: %s", async (recompute) => {
    const weights = initialWeights(config, 1);
    const [first, second] = [batchOf(config, "first"), batchOf(config, "second")];
    const whole = await wholeModelGradients(engine, config, 2);
    const trainable = weightShapes(config);
    const layers = await layerwiseGradients(engine, { config, batch: 2, trainable, recompute }, {});
    const once = await layers.run(weights, first);
    expectSame(await valuesOf(once), await valuesOf(await whole.run(weights, first)));
    const twice = await layers.run(weights, second, once.gradients);
    const sums = (await whole.run(weights, first)).gradients;
    expectSame(await valuesOf(twice), await valuesOf(await whole.run(weights, second, sums)));
  });

  it.each([
    ["frozen", []],
    ["trained", config.tieWordEmbeddings ? ["embed_tokens"] : ["embed_tokens", "lm_head"]],
    ["adapted", []],
  ] as const)("of an adapter, embeddings %s", async (kind, modulesToSave) => {
    const tables = config.tieWordEmbeddings ? ["embed_tokens"] : ["embed_tokens", "lm_head"];
    const lora: LoraConfig = {
      rank: 3,
      alpha: 5,
      rsLora: true,
      targets: ["q_proj", "v_proj", "down_proj", ...(kind === "adapted" ? tables : [])],
      modulesToSave,
      rankPattern: {},
      alphaPattern: {},
      dropout: 0,
    };
    const base = initialWeights(config, 1);
    const adapter = trained(initialLora(config, lora, 1, base));
    const batch = batchOf(config, "adapter");

    const tensors = loraInputs(config, lora);
    const { labels, lossWeights, ...inputs } = batchInputs(config, 2);
    const linear = loraLinear(plainLinear(tensors), tensors, lora);
    const embedding = loraEmbedding(plainEmbedding(tensors), tensors, lora);
    const logits = lmHead(
      config,
      tensors,
      transformer(config, tensors, inputs, linear, embedding).hidden,
      linear,
    );
    const loss = crossEntropy(logits, labels, lossWeights);
    const names = Object.keys(loraShapes(config, lora));
    const gradients = differentiate(
      loss,
      names.map((name) => tensors[name]!),
    );
    const outputs = Object.fromEntries(names.map((name, i) => [gradientOf(name), gradients[i]!]));
    const program = await engine.compile(toOnnx({ loss, ...outputs }), {
      keepOnDevice: Object.keys(outputs),
    });
    const { values, onDevice } = await engine.run(program, { ...base, ...adapter, ...batch });
    const wanted = await valuesOf({ loss: values.loss!.data[0] as number, gradients: onDevice });

    const trainable = loraShapes(config, lora);
    for (const recompute of [true, false]) {
      const layers = await layerwiseGradients(engine, { config, batch: 2, trainable, lora, recompute }, base);
      expectSame(await valuesOf(await layers.run(adapter, batch)), wanted);
    }
  });
});

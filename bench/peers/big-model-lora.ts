// A LoRA step of a big model, as `jigsaw adapt` does it: layer by layer, the base's weights on the engine.

import { readCheckpoint } from "../../src/checkpoint/node/checkpoint.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { ALL_LINEAR, initialLora, type LoraConfig, loraShapes } from "../../src/model/lora.ts";
import { patterns } from "../../src/sequence/attention-patterns.ts";
import { layerwiseGradients } from "../../src/train/layerwise.ts";
import { defaultOptimizerSettings } from "../../src/train/optimizers.ts";
import { openTrainer } from "../../src/train/trainer.ts";
import { idsFrom, LORA } from "./big-model-case.ts";

const lora: LoraConfig = {
  rank: LORA.rank,
  alpha: LORA.alpha,
  rsLora: false,
  targets: ALL_LINEAR,
  modulesToSave: [],
  rankPattern: {},
  alphaPattern: {},
  dropout: 0,
};

const NOWHERE = { grid: 0, row: 0, column: 0, below: 0, right: 0 };

/** A step on one sequence, every token of which is learnt; gives its loss. */
export async function loraStep(
  engine: Engine,
  folder: string,
  recompute: boolean,
): Promise<() => Promise<Float32Array>> {
  const { config, weights } = await readCheckpoint(folder);
  const adapter = initialLora(config, lora, 1, weights);
  const frozen = Object.fromEntries(
    await Promise.all(
      Object.entries(weights).map(async ([name, weight]) => [name, await engine.upload(weight)] as const),
    ),
  );
  const trainable = loraShapes(config, lora);
  const gradients = await layerwiseGradients(
    engine,
    { config, batch: 1, trainable, lora, recompute },
    frozen,
  );
  const options = {
    config,
    pattern: patterns.causal,
    optimizer: "adamw",
    settings: defaultOptimizerSettings,
    maxGradNorm: 1,
    ema: 0,
  } as const;
  const trainer = await openTrainer(engine, gradients, options, adapter, undefined, 0);
  const ids = idsFrom(0, LORA.tokens, config.vocabSize);
  const example = {
    tokens: ids.map((id) => ({ id, place: NOWHERE })),
    spans: [{ length: ids.length }],
    labels: ids.map((_, i) => ids[i + 1] ?? -1),
    weights: ids.map((_, i) => Number(i + 1 < ids.length)),
  };
  return async () => {
    const { loss } = await trainer.step([[example]], { learningRate: 1e-4, muonLearningRate: 0 });
    return Float32Array.of(loss);
  };
}

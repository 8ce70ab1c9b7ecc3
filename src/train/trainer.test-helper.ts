// Runs of the trainer on the fixtures' model and batch.
import { expect } from "vitest";
import { examples, facts, readModel } from "../checkpoint/node/fixtures.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { expectClose } from "../graph/check.test-helper.ts";
import type { Array64 } from "../graph/reference.test-helper.ts";
import type { Checkpoint } from "../model/state-dict.ts";
import type { Weights } from "../model/weights.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { wholeModelGradients } from "./gradients.ts";
import type { UpdateOptions } from "./graphs.ts";
import { type LearningRates, openTrainer } from "./trainer.ts";

const { clip, betas, eps, decay, momentum } = facts.optimizer;
const OPTIONS: UpdateOptions = {
  optimizer: "adamw",
  settings: { beta1: betas[0], beta2: betas[1], eps, weightDecay: decay, momentum },
  maxGradNorm: clip,
  ema: 0,
};

export const array = ({ dims, data }: { dims: readonly number[]; data: ArrayLike<number> }): Array64 => ({
  shape: dims,
  data: Float64Array.from(data),
});

export function expectWeights(
  found: Weights,
  wanted: Readonly<Record<string, Array64>>,
  tolerance: number,
): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, weight] of Object.entries(wanted)) {
    expectClose(array(found[name]!), weight, tolerance, name);
  }
}

/** Trains the tied model on the batch under the prefix pattern. */
export async function run(
  engine: Engine,
  options: Partial<UpdateOptions>,
  rates: readonly LearningRates[],
  { model = readModel("tied") as Promise<Checkpoint>, micro = false, stopAfter = Infinity } = {},
) {
  const { config, weights } = await model;
  const [first, second] = examples("prefix");
  const all = { ...OPTIONS, ...options, config, pattern: patterns.prefix };
  const gradients = await wholeModelGradients(engine, config, micro ? 1 : 2);
  let trainer = await openTrainer(engine, gradients, all, weights, undefined, 0);
  const results = [];
  for (const [i, rate] of rates.entries()) {
    if (i === stopAfter) {
      const stopped = await trainer.snapshot();
      trainer = await openTrainer(engine, gradients, all, stopped.weights, stopped.state, i);
    }
    results.push(await trainer.step(micro ? [[first!], [second!]] : [[first!, second!]], rate));
  }
  return { ...(await trainer.snapshot()), results };
}

export const rates = (muon: readonly number[], adamw: readonly number[]): LearningRates[] =>
  muon.map((muonLearningRate, i) => ({ muonLearningRate, learningRate: adamw[i]! }));
export const ADAMW = rates(facts.adamw.rates, facts.adamw.rates);
export const MUON = rates(facts.muon.rates, facts.adamw.rates);

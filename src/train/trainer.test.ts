// Gradients and optimiser steps against PyTorch; and what must not change them: accumulation, resuming. On WebGPU:
// trainer.webgpu.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples, expected, facts, gridModel, readModel } from "../checkpoint/node/fixtures.test-helper.ts";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { evaluate, expectClose } from "../graph/check.test-helper.ts";
import type { Checkpoint } from "../model/state-dict.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { packBatch, totalWeight } from "./batch.ts";
import { gradientGraph, gradientOf } from "./graphs.ts";
import { ADAMW, array, expectWeights, MUON, run } from "./trainer.test-helper.ts";

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 4 });
});
afterAll(() => cpu.close());

const { clip } = facts.optimizer;

describe("gradients are PyTorch's", () => {
  const models: [
    keyof typeof facts & ("tied" | "untied" | "grid"),
    () => Promise<Checkpoint>,
    PatternName,
  ][] = [
    ["tied", () => readModel("tied"), "causal"],
    ["untied", () => readModel("untied"), "prefix"],
    ["grid", gridModel, "causal-prompt"],
  ];

  it.each(models)("of all weights: %s", async (kind, read, pattern) => {
    const { config, weights } = await read();
    const batch = examples(pattern);
    const feeds = packBatch(batch, config, patterns[pattern], totalWeight(batch)) as Record<
      string,
      HostTensor
    >;
    const found = await evaluate(cpu, gradientGraph(config, 2, false), { ...weights, ...feeds });
    expect(found.loss!.data[0]).toBeCloseTo(facts[kind].loss, 5);
    const wanted = Object.entries(await expected(`gradient/${kind}/`));
    if (kind !== "untied") expect(wanted.map(([name]) => name).sort()).toEqual(Object.keys(weights).sort());
    const largest = Math.max(...wanted.flatMap(([, { data }]) => [...data].map(Math.abs)));
    expect(largest).toBeGreaterThan(0.01);
    for (const [name, gradient] of wanted) {
      expectClose(found[gradientOf(name)]!, gradient, 2e-5, name);
    }
  });
});

describe("steps", () => {
  it.each([
    ["adamw", ADAMW, 1e-4],
    // Newton-Schulz blows up the smallest singular values, and their rounding errors with them.
    ["muon", MUON, 1e-3],
  ] as const)("of %s are PyTorch's", async (optimizer, steps, tolerance) => {
    const { weights, results } = await run(cpu, { optimizer }, steps);
    const { losses, norms } = facts[optimizer];
    expect(Math.min(...norms.map((norm) => Math.abs(norm - clip)))).toBeGreaterThan(0.01);
    expect(Math.max(...norms), "some step is clipped").toBeGreaterThan(clip);
    for (const [i, { loss, gradNorm }] of results.entries()) {
      expect(Math.abs(loss / losses[i]! - 1), `loss of step ${i}`).toBeLessThan(tolerance / 10);
      expect(Math.abs(gradNorm / norms[i]! - 1), `gradients' norm of step ${i}`).toBeLessThan(tolerance);
    }
    expectWeights(weights, await expected(`${optimizer}/`), tolerance);
  });

  it("see gradients as they are where no clipping is asked for", async () => {
    const free = await run(cpu, { optimizer: "muon", maxGradNorm: 0 }, MUON);
    const wide = await run(cpu, { optimizer: "muon", maxGradNorm: 1e6 }, MUON);
    expect(free).toEqual(wide);
    expect(free.weights).not.toEqual((await run(cpu, { optimizer: "muon" }, MUON)).weights);
  });

  it("add up the gradients of micro-batches", async () => {
    const whole = await run(cpu, {}, ADAMW);
    const spans = await run(cpu, {}, ADAMW, { micro: true });
    for (const [i, { loss, gradNorm }] of whole.results.entries()) {
      expect(spans.results[i]!.loss).toBeCloseTo(loss, 4);
      expect(spans.results[i]!.gradNorm).toBeCloseTo(gradNorm, 4);
    }
    const wanted = Object.entries(whole.weights).map(([name, weight]) => [name, array(weight)]);
    expectWeights(spans.weights, Object.fromEntries(wanted), 1e-4);
  });

  it.each(["adamw", "muon"] as const)("go on from a snapshot as if never stopped: %s", async (optimizer) => {
    const options = { optimizer, ema: 0.9 };
    const whole = await run(cpu, options, MUON);
    expect(await run(cpu, options, MUON, { stopAfter: 2 })).toEqual(whole);
  });

  it("keep a moving average of the weights", async () => {
    const decayRate = 0.75;
    const after = await Promise.all([1, 2].map((n) => run(cpu, { ema: decayRate }, ADAMW.slice(0, n))));
    const start = (await readModel("tied")).weights;
    for (const [name, { dims, data }] of Object.entries(start)) {
      let average = Float64Array.from(data);
      for (const { weights } of after) {
        average = average.map((old, i) => decayRate * old + (1 - decayRate) * weights[name]!.data[i]!);
      }
      const found = after[1]!.state[`${name}/ema`]!;
      expectClose(array(found), { shape: dims, data: average }, 1e-6, name);
    }
  });
});

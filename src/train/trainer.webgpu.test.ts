// Optimiser steps on WebGPU.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gridModel } from "../checkpoint/node/fixtures.test-helper.ts";
import type { Engine, Feeds } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { openWebgpu } from "../graph/webgpu.test-helper.ts";
import { ADAMW, array, expectWeights, MUON, run } from "./trainer.test-helper.ts";

const { engine: webgpu, missing } = await openWebgpu();

describe.skipIf(!webgpu)(`steps on WebGPU ${missing}`, () => {
  let cpu: Engine;
  beforeAll(async () => {
    cpu = await openNodeEngine();
  });
  afterAll(() => Promise.all([cpu.close(), webgpu?.close()]));

  it("are the CPU's", async () => {
    const options = { optimizer: "muon", ema: 0.9 } as const;
    const model = gridModel();
    const here = await run(cpu, options, MUON.slice(0, 2), { model, micro: true });
    const there = await run(webgpu!, options, MUON.slice(0, 2), { model, micro: true });
    for (const [i, { loss, gradNorm }] of here.results.entries()) {
      expect(there.results[i]!.loss).toBeCloseTo(loss, 4);
      expect(there.results[i]!.gradNorm).toBeCloseTo(gradNorm, 4);
    }
    for (const part of ["weights", "state"] as const) {
      const wanted = Object.entries(here[part]).map(([name, weight]) => [name, array(weight)]);
      expectWeights(there[part], Object.fromEntries(wanted), 1e-3);
    }
  });

  it("free every tensor that they no longer need", async () => {
    const live = new Set<number>();
    const counted: Engine = {
      ...webgpu!,
      async run(program, feeds: Feeds) {
        const result = await webgpu!.run(program, feeds);
        for (const { handle } of Object.values(result.onDevice)) live.add(handle);
        return result;
      },
      async free(tensors) {
        const all = [...tensors];
        for (const { handle } of all) live.delete(handle);
        await webgpu!.free(all);
      },
    };
    const { weights, state } = await run(counted, {}, ADAMW.slice(0, 3), { micro: true });
    expect(live.size).toBe(Object.keys(weights).length + Object.keys(state).length);
  });
});

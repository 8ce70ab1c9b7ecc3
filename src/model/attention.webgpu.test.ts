// Attention and rotary positions on WebGPU, value and gradients, against the CPU and against their meaning.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { expectClose, runCase } from "../graph/check.test-helper.ts";
import { openWebgpu } from "../graph/webgpu.test-helper.ts";
import { attentionCases, blind } from "./attention-cases.test-helper.ts";

const { engine: webgpu, missing } = await openWebgpu();

describe.skipIf(!webgpu)(`attention and rotary positions on WebGPU ${missing}`, () => {
  let cpu: Engine;
  beforeAll(async () => {
    cpu = await openNodeEngine();
  });
  afterAll(() => Promise.all([cpu.close(), webgpu?.close()]));

  it.each(attentionCases)("%s", async (_, test) => {
    const options = { lengths: { T: 19, P: 7 }, named: true };
    const there = await runCase(webgpu!, test, options);
    const here = await runCase(cpu, test, options);
    expectClose(there.found.value!, there.value, 1e-5, "the value");
    for (const [name, wanted] of Object.entries(here.found))
      expectClose(there.found[name]!, wanted, 1e-5, name);
  });

  it("gives a query that sees nothing numbers, and gradients that are numbers", async () => {
    const { found } = await runCase(webgpu!, blind, { lengths: { T: 4 } });
    for (const { data } of Object.values(found)) expect(data.every(Number.isFinite)).toBe(true);
  });
});

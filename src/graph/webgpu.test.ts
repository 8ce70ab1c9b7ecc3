// Every operator on WebGPU, value and gradients, against the CPU and against its meaning.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node.ts";
import { namedCases } from "./cases.test-helper.ts";
import { expectClose, runCase } from "./check.test-helper.ts";
import { openWebgpu } from "./webgpu.test-helper.ts";

const { engine: webgpu, missing } = await openWebgpu();

/** WGSL allows sine and cosine an error of 2^-11. */
const toleranceOf = (name: string) => (/^(sin|cos):/.test(name) ? 2 ** -11 : 1e-4);

describe.skipIf(!webgpu)(`operators on WebGPU ${missing}`, () => {
  let cpu: Engine;
  beforeAll(async () => {
    cpu = await openNodeEngine();
  });
  afterAll(() => Promise.all([cpu.close(), webgpu?.close()]));

  it.each(namedCases)("%s", async (name, test) => {
    const tolerance = toleranceOf(name);
    // Lengths that are no multiple of a workgroup's.
    const options = { lengths: { T: 67, U: 3, N: 71 }, named: true };
    const there = await runCase(webgpu!, test, options);
    const here = await runCase(cpu, test, options);
    expect(Object.keys(there.found)).toEqual(Object.keys(here.found));
    expectClose(there.found.value!, there.value, tolerance, "the value");
    for (const [output, wanted] of Object.entries(here.found)) {
      expectClose(there.found[output]!, wanted, tolerance, `${output}, against the CPU`);
    }
  });
});

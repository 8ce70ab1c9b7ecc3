// Every operator on WebGPU, value and gradients, against the CPU and against its meaning.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { namedCases } from "./cases.test-helper.ts";
import { expectClose, runCase } from "./check.test-helper.ts";
import { add, equal, mul, neg, reduceSum, where } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { toOnnx } from "./onnx.ts";
import { constant, input } from "./tensor.ts";
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

  it("keeps tensors of every type and rank there, for other programs to take and to be read", async () => {
    const x = input("x", ["n"]);
    const ids = input("ids", ["n"], "int64");
    const seen = input("seen", ["n"], "bool");
    const outputs = {
      double: add(x, x),
      total: reshape(reduceSum(x, [0]), []),
      table: reshape(x, [1, "n", 1]),
      same: ids,
      equals: equal(ids, constant([3], [1], "int64")),
      chosen: where(seen, x, neg(x)),
    };
    const first = await webgpu!.compile(toOnnx(outputs), { keepOnDevice: Object.keys(outputs) });
    const feeds = {
      x: { dims: [3], data: Float32Array.of(1, 2, 4) },
      ids: { dims: [3], data: BigInt64Array.of(5n, 3n, -(2n ** 40n)) },
      seen: { dims: [3], data: Uint8Array.of(1, 0, 1), bool: true as const },
    };
    const { onDevice, values } = await webgpu!.run(first, feeds);
    expect(values).toEqual({});
    const wanted = {
      double: { dims: [3], data: Float32Array.of(2, 4, 8) },
      total: { dims: [], data: Float32Array.of(7) },
      table: { dims: [1, 3, 1], data: Float32Array.of(1, 2, 4) },
      same: feeds.ids,
      equals: { dims: [3], data: Uint8Array.of(0, 1, 0), bool: true },
      chosen: { dims: [3], data: Float32Array.of(1, -2, 4) },
    };
    for (const [name, tensor] of Object.entries(wanted)) {
      expect(onDevice[name]!.dims).toEqual(tensor.dims);
      expect(await webgpu!.download(onDevice[name]!), name).toEqual(tensor);
    }
    const second = await webgpu!.compile(
      toOnnx({
        y: where(input("equals", ["n"], "bool"), mul(input("double", ["n"]), input("total", [])), x),
      }),
    );
    const chained = {
      x: onDevice.chosen!,
      double: onDevice.double!,
      total: onDevice.total!,
      equals: onDevice.equals!,
    };
    expect((await webgpu!.run(second, chained)).values.y!.data).toEqual(Float32Array.of(1, 28, 4));
    await webgpu!.free([onDevice.double!]);
    await expect(webgpu!.run(second, chained)).rejects.toThrow(/was freed/);
  });
});

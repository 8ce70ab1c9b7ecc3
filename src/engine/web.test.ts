/** The engine of pages, on wasm: what it keeps, and what it refuses. */
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, expect, it } from "vitest";
import { add, mul } from "../graph/elementwise.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import type { Engine, HostTensor } from "./engine.ts";
import { openWebEngine } from "./web.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openWebEngine({ ort, threads: 1 });
});
afterAll(() => engine.close());

const x = input("x", ["n"]);
const graph = () => toOnnx({ double: add(x, x), square: mul(x, x) });
const vector = (...values: number[]): HostTensor => ({
  dims: [values.length],
  data: Float32Array.from(values),
});

it("keeps tensors, feeds them to another program, and frees them", async () => {
  const first = await engine.compile(graph(), { keepOnDevice: ["square"] });
  const second = await engine.compile(graph());
  const run = await engine.run(first, { x: await engine.upload(vector(1, -2)) });
  expect(run.values).toEqual({ double: vector(2, -4) });
  const handle = run.onDevice.square!;
  expect(await engine.download(handle)).toEqual(vector(1, 4));
  const again = await engine.run(second, { x: handle }, ["square"]);
  expect(again.values).toEqual({ square: vector(1, 16) });
  await engine.free([handle]);
  await expect(engine.download(handle)).rejects.toMatchObject({ code: "bad-option" });
  await engine.release(first);
  await expect(engine.run(first, { x: vector(1) })).rejects.toMatchObject({ code: "bad-option" });
});

it("answers calls made at the same time each with its own numbers, after a failed one too", async () => {
  const program = await engine.compile(graph());
  const inputs = Array.from({ length: 8 }, (_, i) =>
    vector(...Array.from({ length: i + 1 }, (_, j) => i - j)),
  );
  const failed = engine.run(program, { y: vector(1) });
  const together = await Promise.all([
    expect(failed).rejects.toThrow(),
    ...inputs.map((value) => engine.run(program, { x: value })),
  ]);
  const squares = inputs.map(({ data }) => vector(...(data as Float32Array).map((v) => v * v)));
  expect(together.slice(1).map((run) => run!.values.square)).toEqual(squares);
});

it("refuses what a browser has not", async () => {
  const inFolder = engine.compile(graph(), { folder: "weights" });
  await expect(inFolder).rejects.toMatchObject({ code: "unsupported" });
  const onGpu = openWebEngine({ ort, provider: "webgpu" });
  await expect(onGpu).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining('provider "webgpu" cannot be used here'),
  });
});

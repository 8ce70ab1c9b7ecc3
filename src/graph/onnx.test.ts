// Graphs as ONNX models, checked by running them and by reading them back.
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { add, cast, mul } from "./elementwise.ts";
import { gemm } from "./linear.ts";
import { toOnnx } from "./onnx.ts";
import { constant, type DType, input } from "./tensor.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine();
});
afterAll(() => engine.close());

const graphOf = (model: Uint8Array) => fromBinary(ModelProtoSchema, model).graph!;
const feed = (...values: number[]) => ({ dims: [values.length], data: Float32Array.from(values) });

describe("toOnnx", () => {
  it("computes a tensor once, however often it is used", () => {
    const x = input("x", [2]);
    const square = mul(x, x);
    const { node } = graphOf(toOnnx({ y: add(square, square), square }));
    expect(node.map(({ opType }) => opType)).toEqual(["Mul", "Add", "Identity", "Identity"]);
  });

  it("leaves out what no output needs", () => {
    const [x, y] = [input("x", [2]), input("y", [2])];
    mul(x, y);
    const graph = graphOf(toOnnx({ z: add(x, x) }));
    expect(graph.input.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.node).toHaveLength(2);
  });

  it("names fixed and unknown dimensions of inputs and outputs", () => {
    const { output } = graphOf(
      toOnnx({ y: gemm(input("x", ["T", 3]), input("w", [5, 3]), { transB: true }) }),
    );
    const type = output[0]!.type!.value;
    if (type.case !== "tensorType") return expect.fail("no tensor");
    expect(type.value.shape!.dim.map(({ value }) => value)).toEqual([
      { case: "dimParam", value: "T" },
      { case: "dimValue", value: 5n },
    ]);
  });

  it("runs graphs whose output is an input, or the same tensor twice", async () => {
    const x = input("x", [2]);
    const double = add(x, x);
    const program = await engine.compile(toOnnx({ same: x, first: double, second: double }));
    const { values } = await engine.run(program, { x: feed(2, 3) });
    expect([values.same!.data, values.first!.data, values.second!.data]).toEqual([
      Float32Array.of(2, 3),
      Float32Array.of(4, 6),
      Float32Array.of(4, 6),
    ]);
  });

  it.each(["float32", "float64", "int64", "bool"] as const satisfies readonly DType[])(
    "keeps constants of type %s",
    async (dtype) => {
      const values = dtype === "bool" ? [1, 0] : dtype === "int64" ? [-(2 ** 40), 7] : [-0.5, 1024];
      const program = await engine.compile(toOnnx({ y: constant(values, [2], dtype) }));
      const { y } = (await engine.run(program, {})).values;
      expect(Array.from(y!.data as Float32Array, Number)).toEqual(values);
      expect(y!.bool ?? false).toBe(dtype === "bool");
    },
  );

  it("keeps float attributes and constants to their precision", async () => {
    const third = constant([1 / 3], [1], "float64");
    const program = await engine.compile(toOnnx({ wide: third, narrow: cast(third, "float32") }));
    const { values } = await engine.run(program, {});
    expect([values.wide!.data[0], values.narrow!.data[0]]).toEqual([1 / 3, Math.fround(1 / 3)]);
  });

  it("puts bound weights into the model", async () => {
    const y = gemm(input("x", [1, 2]), input("w", [2, 2]));
    // A view into a larger buffer: only its own part belongs to the weight.
    const bytes = Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5);
    const model = toOnnx({ y }, { w: bytes, unused: Float32Array.of(1) });
    expect(graphOf(model).input.map(({ name }) => name)).toEqual(["x"]);
    const { values } = await engine.run(await engine.compile(model), {
      x: { dims: [1, 2], data: Float32Array.of(10, 100) },
    });
    expect(values.y!.data).toEqual(Float32Array.of(310, 420));
    expect(() => toOnnx({ y }, { w: Float32Array.of(1) })).toThrow('weight "w" has 1 values, not [2, 2]');
  });

  it("refuses two inputs of one name", () => {
    expect(() => toOnnx({ y: add(input("x", [2]), input("x", [2])) })).toThrow('two inputs are named "x"');
  });

  it("does not mix up inputs and its own names", async () => {
    const tensors = ["t0", "t1", "t2", "t3"].map((name) => input(name, [1]));
    const product = tensors.reduce((a, b) => mul(add(a, b), b));
    const feeds = Object.fromEntries(tensors.map((_, i) => [`t${i}`, feed(i + 1)]));
    const { values } = await engine.run(await engine.compile(toOnnx({ t4: product })), feeds);
    expect(values.t4!.data).toEqual(Float32Array.of((((1 + 2) * 2 + 3) * 3 + 4) * 4));
  });
});

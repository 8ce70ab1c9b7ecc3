/** On engines without float64, as WebGPU's in browsers, cosines and sines are fed: graphs have none, and logits are the same. */
import { fromBinary } from "@bufbuild/protobuf";
import { type GraphProto, ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "./initialize.ts";
import { type ModelOptions, openModel } from "./model.ts";
import { BOTH, gap, LOGITS, noisyCanvas, SAME, tinyConfig } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const DOUBLE = TensorProto_DataType.DOUBLE;

/** What of a graph is in float64: casts to it, constants and inputs of it. */
const doubles = ({ node, initializer, input }: GraphProto): string[] => [
  ...node
    .filter(({ attribute }) => attribute.some(({ name, i }) => name === "to" && i === BigInt(DOUBLE)))
    .map(({ opType }) => opType),
  ...initializer.filter(({ dataType }) => dataType === DOUBLE).map(({ name }) => name),
  ...input
    .filter(({ type }) => type?.value.case === "tensorType" && type.value.value.elemType === DOUBLE)
    .map(({ name }) => name),
];

/** The engine, which says that it has float64 or not, and what of its graphs is in float64. */
function watched(float64: boolean): { engine: Engine; found: string[] } {
  const found: string[] = [];
  return {
    found,
    engine: {
      ...engine,
      float64,
      compile(model, options) {
        found.push(...doubles(fromBinary(ModelProtoSchema, model).graph!));
        return engine.compile(model, options);
      },
    },
  };
}

const cases: { name: string; positions: "grid" | "sequence"; options: ModelOptions }[] = [
  { name: "grid positions", positions: "grid", options: {} },
  { name: "positions in sequence", positions: "sequence", options: {} },
  { name: "one program for all passes", positions: "grid", options: { oneProgram: true } },
];

it.each(cases)("with $name", async ({ positions, options }) => {
  const config = tinyConfig({ positions, ropeTheta: 1e4 });
  const [prompt, answer] = [noisyCanvas("prompt", 6, 5, 1), noisyCanvas("answer", 3, 4, 2)];
  const results: Float32Array[] = [];
  for (const float64 of [true, false]) {
    const { engine: own, found } = watched(float64);
    const model = openModel(own, config, initialWeights(config, 3), options);
    const first = await model.run({ tokens: prompt }, BOTH, newLedger(), "prompt");
    // Far along, where an angle that is off shows.
    const indices = answer.map((_, i) => 3000 + i);
    const pass = { tokens: answer, past: [first.segment!], indices };
    const second = await model.run(pass, LOGITS, newLedger(), "decode");
    results.push(Float32Array.of(...first.logits, ...second.logits));
    await model.free(first.segment!);
    await model.close();
    expect(found.length > 0).toBe(float64);
  }
  expect(gap(results[0]!, results[1]!)).toBeLessThan(SAME);
});

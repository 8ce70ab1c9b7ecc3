// Int8 weights: against a plain computation, and in a model.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { initialWeights } from "./initialize.ts";
import { openModel } from "./model.ts";
import { type ModelWeights, quantizeWeights } from "./model-weights.ts";
import { BLOCK, dequantize, isQuantized, quantize, quantizedLinear, scalesOf, valuesOf } from "./quantize.ts";
import { LOGITS, maskOf, randomTask, tinyConfig } from "./tiny.test-helper.ts";
import { EMBEDDING } from "./weights.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 2 });
});
afterAll(() => engine.close());

const noise = (key: string, count: number): Float32Array => {
  const draw = random("quantize", key);
  return Float32Array.from({ length: count }, () => draw.normal());
};

/** The largest difference, against the largest value. */
const relativeGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [gap, top] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    gap = Math.max(gap, Math.abs(a[i]! - b[i]!));
    top = Math.max(top, Math.abs(b[i]!));
  }
  return a.length === b.length ? gap / top : Number.NaN;
};

describe("rounding to bytes", () => {
  // The last width leaves a block that is not full.
  it.each([BLOCK, 4 * BLOCK, 3 * BLOCK - 7])(
    "is off by half a step of its block at most: width %i",
    (columns) => {
      const rows = 5;
      const data = noise(`width ${columns}`, rows * columns);
      data.fill(0, columns, columns + BLOCK);
      const bytes = quantize(data, [rows, columns]);
      const found = dequantize(bytes);
      for (let i = 0; i < data.length; i++) {
        const start = Math.floor((i % columns) / BLOCK) * BLOCK + i - (i % columns);
        const block = data.subarray(start, Math.min(start + BLOCK, i - (i % columns) + columns));
        const step = Math.max(...block.map(Math.abs)) / 127;
        expect(Math.abs(found[i]! - data[i]!)).toBeLessThanOrEqual(step / 2 + 1e-6);
      }
      expect(found.subarray(columns, columns + Math.min(BLOCK, columns)).every((x) => x === 0)).toBe(true);
    },
  );
});

describe("the product with bytes", () => {
  it.each([
    [1, 64, 96],
    [7, 128, 33],
    [40, 89, 16],
  ])("is that with what they stand for: %i x %i x %i", async (rows, width, out) => {
    const bytes = quantize(noise("product", out * width), [out, width]);
    const x = noise("activations", rows * width);
    const y = quantizedLinear(input("x", [rows, width]), "w", [out, width]);
    const program = await engine.compile(
      toOnnx({ y }, { [valuesOf("w")]: bytes.values, [scalesOf("w")]: bytes.scales }),
    );
    const { values } = await engine.run(program, { x: { dims: [rows, width], data: x } });
    const matrix = dequantize(bytes);
    const wanted = Float64Array.from({ length: rows * out }, (_, i) => {
      const [row, column] = [Math.floor(i / out), i % out];
      let sum = 0;
      for (let k = 0; k < width; k++) sum += x[row * width + k]! * matrix[column * width + k]!;
      return sum;
    });
    // Activations are rounded to bytes too.
    expect(relativeGap(values.y!.data as Float32Array, wanted)).toBeLessThan(0.02);
    await engine.release(program);
  });
});

describe("a model of int8 weights", () => {
  it.each([false, true])(
    "has nearly the logits of float32 weights; in one program: %s",
    async (oneProgram) => {
      const config = tinyConfig({
        pattern: "causal",
        hiddenSize: 64,
        intermediateSize: 96,
        initializerRange: 0.1,
      });
      const weights = initialWeights(config, 1);
      const tokens = promptTokens(randomTask("int8", 2));
      const mask = maskOf("causal", tokens);
      const logits = async (stored: ModelWeights) => {
        const model = openModel(engine, config, stored, { oneProgram });
        const found = await model.run({ tokens, mask }, LOGITS, newLedger(), "decode");
        await model.close();
        return found.logits;
      };
      const gap = relativeGap(await logits(await quantizeWeights(weights)), await logits(weights));
      expect(gap).toBeGreaterThan(0);
      expect(gap).toBeLessThan(0.05);
    },
  );

  it("keeps small tables as they are", () => {
    expect(isQuantized(EMBEDDING, [64, 128])).toBe(false);
    expect(isQuantized(EMBEDDING, [151_936, 1024])).toBe(true);
  });

  it("runs on the CPU only", async () => {
    const config = tinyConfig();
    const stored = await quantizeWeights(initialWeights(config, 1));
    expect(() => openModel({ ...engine, device: "webgpu" }, config, stored)).toThrow(
      "int8 weights run on the CPU only",
    );
  });
});

// Merging against W + scale B A in plain loops; that a merged model has the adapter's logits, peft-fixtures.test.ts says.
import { afterAll, beforeAll, expect, it } from "vitest";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { expectClose } from "../graph/check.test-helper.ts";
import { initialWeights } from "./initialize.ts";
import { lora, trained } from "./lora.test-helper.ts";
import { factorsOf, loraScale, moduleOf } from "./lora.ts";
import { mergeLora } from "./merge.ts";
import { tinyConfig } from "./tiny.test-helper.ts";
import type { Weight } from "./weights.ts";

const config = tinyConfig({ positions: "sequence" });
const weights = initialWeights(config, 1);

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 1 });
});
afterAll(() => cpu.close());

const at = ({ dims, data }: Weight, row: number, column: number) => data[row * dims[1]! + column]!;

it("adds each product to its matrix, and leaves all else alone", async () => {
  const adapter = trained(
    { config, weights },
    lora({
      rank: 3,
      targets: ["down_proj", "embed_tokens"],
      modulesToSave: ["q_norm"],
      rankPattern: { "layers.1.mlp.down_proj": 5 },
    }),
  );
  const before = structuredClone(weights);
  const { engine, counts } = countingEngine(cpu);
  const merged = await mergeLora(engine, weights, adapter);
  expect([counts.programs, counts.kept.size]).toEqual([0, 0]);
  expect(weights).toEqual(before);
  expect(Object.keys(merged)).toEqual(Object.keys(weights));
  let products = 0;
  for (const [name, weight] of Object.entries(weights)) {
    const module = moduleOf(name);
    const [a, b] = factorsOf(module).map((factor) => adapter.weights[factor]);
    if (!a || !b) {
      expect(merged[name], name).toBe(adapter.weights[name] ?? weight);
      continue;
    }
    products++;
    const [rows, columns] = weight.dims as [number, number];
    const wanted = Float64Array.from(weight.data, (value, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      // An embedding's row is a column of the product.
      const [out, inner] = name.includes("embed") ? [column, row] : [row, column];
      const terms = Array.from({ length: a.dims[0]! }, (_, k) => at(b, out, k) * at(a, k, inner));
      return value + loraScale(adapter.lora, module) * terms.reduce((x, y) => x + y);
    });
    const found = { shape: merged[name]!.dims, data: Float64Array.from(merged[name]!.data) };
    expectClose(found, { shape: [rows, columns], data: wanted }, 1e-6, name);
  }
  expect(products).toBe(3);
});

// The stack against Hugging Face's Qwen3ForCausalLM, on checkpoints that save_pretrained wrote.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node.ts";
import { evaluate, expectClose } from "../graph/check.test-helper.ts";
import { input } from "../graph/tensor.ts";
import { openWebgpu } from "../graph/webgpu.test-helper.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { examples, expected, facts, gridModel, readModel } from "./fixtures.test-helper.ts";
import { feedTokens } from "./inputs.ts";
import { biasOf } from "./pass.ts";
import { type PatternName, patterns, writeMask } from "./patterns.ts";
import { AXES } from "./rotary.ts";
import { head, stack, weightInputs } from "./stack.ts";
import { GRID_TABLES } from "./weights.ts";

const { engine: webgpu, missing } = await openWebgpu();
let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine();
});
afterAll(() => Promise.all([cpu.close(), webgpu?.close()]));

/** The logits of the fixtures' batch under a pattern; without one, no mask is given to the graph. */
async function logits(engine: Engine, { config, weights }: Checkpoint, pattern?: PatternName) {
  const positions = config.jigsaw?.positions ?? "sequence";
  const mask = input("mask", [2, 1, "tokens", "tokens"], "bool");
  const inputs = {
    ids: input("ids", [2, "tokens"], "int64"),
    coordinates: input("coordinates", [2, "tokens", AXES[positions]]),
    ...(positions === "grid" && { places: input("places", [2, "tokens", GRID_TABLES], "int64") }),
    ...(pattern && { bias: biasOf(mask) }),
  };
  const tensors = weightInputs(config);
  const graph = { logits: head(config, tensors, stack(config, tensors, inputs).hidden) };
  const rows = examples(pattern ?? "full");
  const tokens = rows[0]!.tokens.length;
  const feeds: Record<string, HostTensor> = { ...weights };
  for (const [name, tensor] of Object.entries(
    feedTokens(
      rows.map((row) => row.tokens),
      positions,
      0,
    ),
  )) {
    feeds[name] = tensor as HostTensor;
  }
  if (pattern) {
    const seen = new Uint8Array(2 * tokens * tokens);
    for (const [b, { parts }] of rows.entries()) {
      writeMask(parts, patterns[pattern], seen, tokens, b * tokens * tokens);
    }
    feeds.mask = { dims: [2, 1, tokens, tokens], data: seen, bool: true };
  }
  const found = (await evaluate(engine, graph, feeds)).logits!;
  expect(found.shape).toEqual([2 * tokens, config.vocabSize]);
  return { ...found, shape: [2, tokens, config.vocabSize] };
}

const kinds = ["tied", "untied"] as const;
const names = ["causal", "full", "prefix", "causal-prompt"] as const;
const table = kinds.flatMap((kind) => names.map((pattern) => [kind, pattern] as const));

describe("logits of a Hugging Face checkpoint", () => {
  it("is one whose heads are wider than the hidden size shared out among them", async () => {
    const { config } = await readModel("tied");
    expect(config).toMatchObject({ hiddenSize: 16, heads: 4, kvHeads: 2, headDim: 16, ropeTheta: 1000 });
    expect(config.tieWordEmbeddings).toBe(true);
    expect((await readModel("untied")).config.tieWordEmbeddings).toBe(false);
    expect(Object.keys(facts.sequences)).toEqual(names);
  });

  it.each(table)("%s, %s", async (kind, pattern) => {
    const wanted = (await expected(`logits/${kind}/`))[pattern]!;
    expectClose(await logits(cpu, await readModel(kind), pattern), wanted, 1e-5, "logits");
  });

  it("without a mask are those under the full pattern", async () => {
    const wanted = (await expected("logits/tied/")).full!;
    expectClose(await logits(cpu, await readModel("tied")), wanted, 1e-5, "logits");
  });

  it("with grid positions", async () => {
    const wanted = (await expected("logits/")).grid!;
    expectClose(await logits(cpu, await gridModel(), "causal-prompt"), wanted, 1e-5, "logits");
  });

  it.skipIf(!webgpu)(`on WebGPU ${missing}`, async () => {
    const causal = (await expected("logits/untied/")).causal!;
    expectClose(await logits(webgpu!, await readModel("untied"), "causal"), causal, 1e-4, "logits");
    const grid = (await expected("logits/")).grid!;
    expectClose(await logits(webgpu!, await gridModel(), "causal-prompt"), grid, 1e-4, "logits");
  });
});

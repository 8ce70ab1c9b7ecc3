// The transformer against Hugging Face's Qwen3ForCausalLM, on checkpoints that save_pretrained wrote.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expected, facts, gridModel, readModel } from "../checkpoint/node/fixtures.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { expectClose } from "../graph/check.test-helper.ts";
import { logits } from "./transformer.test-helper.ts";

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine();
});
afterAll(() => cpu.close());

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
});

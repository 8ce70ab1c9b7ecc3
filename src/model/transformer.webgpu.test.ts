// The transformer on WebGPU against Hugging Face's Qwen3ForCausalLM.
import { afterAll, describe, it } from "vitest";
import { expected, gridModel, readModel } from "../checkpoint/node/fixtures.test-helper.ts";
import { expectClose } from "../graph/check.test-helper.ts";
import { openWebgpu } from "../graph/webgpu.test-helper.ts";
import { logits } from "./transformer.test-helper.ts";

const { engine: webgpu, missing } = await openWebgpu();
afterAll(() => webgpu?.close());

describe.skipIf(!webgpu)(`logits of a Hugging Face checkpoint on WebGPU ${missing}`, () => {
  it("untied, causal", async () => {
    const wanted = (await expected("logits/untied/")).causal!;
    expectClose(await logits(webgpu!, await readModel("untied"), "causal"), wanted, 1e-4, "logits");
  });

  it("with grid positions", async () => {
    const wanted = (await expected("logits/")).grid!;
    expectClose(await logits(webgpu!, await gridModel(), "causal-prompt"), wanted, 1e-4, "logits");
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { parseConfig } from "./config-json.ts";
import { FOLDER } from "./node/fixtures.test-helper.ts";

/** A checkpoint's configuration as transformers wrote it. */
const PLAIN = JSON.parse(readFileSync(`${FOLDER}checkpoints/tied-bfloat16/config.json`, "utf8"));

function refusal(change: object): JigsawError {
  try {
    parseConfig({ ...PLAIN, ...change }, "some/config.json");
  } catch (error) {
    expect(error).toBeInstanceOf(JigsawError);
    return error as JigsawError;
  }
  throw new Error("was not refused");
}

describe("what is not supported is refused by name", () => {
  const yarn = { rope_theta: 1e6, rope_type: "yarn", factor: 4, original_max_position_embeddings: 32768 };
  it.each([
    [{ rope_parameters: yarn }, 'rope_parameters of type "yarn"', "null"],
    [{ rope_scaling: { type: "yarn", factor: 4 } }, 'rope_scaling of type "yarn"', "null"],
    [{ rope_scaling: { rope_type: "dynamic", factor: 2 } }, 'rope_scaling of type "dynamic"', "null"],
    [{ rope_scaling: "linear" }, 'rope_scaling "linear"', "null"],
    [{ rope_parameters: { rope_theta: 1e6, partial_rotary_factor: 0.5 } }, "rope_parameters an object", ""],
    [{ partial_rotary_factor: 0.5 }, "partial_rotary_factor 0.5", "plain rotary positions"],
    [{ attention_bias: true }, "attention_bias true", "no biases"],
    [{ mlp_bias: true }, "mlp_bias true", "no biases"],
    [{ qk_norm: false }, "qk_norm false", ""],
    [{ hidden_act: "gelu" }, 'hidden_act "gelu"', ""],
    [{ use_sliding_window: true }, "use_sliding_window true", "full attention"],
    [
      { layer_types: ["full_attention", "sliding_attention"] },
      'layer_types with "sliding_attention"',
      "full attention",
    ],
    [{ num_experts: 128 }, "num_experts 128", "dense"],
    [{ num_local_experts: 8 }, "num_local_experts 8", "dense"],
    [
      { quantization_config: { bits: 4, quant_method: "gptq" } },
      'quantization_config of type "gptq"',
      "from",
    ],
    [{ quantization_config: { bits: 4 } }, "quantization_config an object", "from"],
    [{ model_type: undefined }, "model_type undefined", "dense"],
    [{ model_type: "llama" }, 'model_type "llama"', "dense"],
    [{ model_type: "qwen3_moe" }, 'model_type "qwen3_moe" (it is a mixture of experts)', "dense"],
    [{ model_type: "qwen2" }, 'model_type "qwen2" (it is a Qwen2, which adds biases', "no biases"],
    [{ model_type: "a2d-qwen2" }, 'model_type "a2d-qwen2" (it is a Qwen2, which adds biases', "no biases"],
    [{ model_type: "rnd1" }, 'model_type "rnd1" (it is a mixture of experts)', "dense"],
    [{ model_type: "wedlm" }, 'model_type "wedlm" (it reorders its tokens', ""],
    [{ model_type: "Fast_dLLM_Qwen" }, 'model_type "Fast_dLLM_Qwen" (it is a Qwen2', "no biases"],
    [{ model_type: "Dream" }, 'model_type "Dream" (it is a Qwen2', "no biases"],
    [{ model_type: "llada" }, 'model_type "llada" (it is no Qwen3)', ""],
    [{ model_type: "llada2_moe" }, 'model_type "llada2_moe" (it is a mixture of experts)', ""],
    [
      { architectures: ["ReFusionForCausalLM"] },
      'architectures with "ReFusionForCausalLM"',
      "Qwen3ForCausalLM",
    ],
    [{ architectures: ["Qwen3ForSequenceClassification"] }, "architectures with", "Qwen3ForCausalLM"],
    [{ auto_map: { AutoModelForCausalLM: "modeling_refusion.Qwen3ForCausalLM" } }, "auto_map", "remove"],
    [{ dlm_paradigm: "block_diff" }, 'dlm_paradigm "block_diff"', ""],
    [{ dlm_paradigm: "bidirectional", dlm_type: "dream" }, 'dlm_type "dream"', ""],
  ])("%j", (change, message, hint) => {
    const error = refusal(change);
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain(`some/config.json: ${message}`);
    expect(error.message).toMatch(/ is not supported$/);
    expect(error.hint).toContain(hint);
  });

  it("and what changes nothing is not", () => {
    const harmless = {
      rope_scaling: null,
      sliding_window: 4096,
      max_window_layers: 1,
      num_experts: null,
      auto_map: null,
      qk_norm: true,
    };
    expect(parseConfig({ ...PLAIN, ...harmless })).toEqual(parseConfig(PLAIN));
  });
});

/** Real configurations of the Qwen3 family are read in both spellings; whatever else is refused by field. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { PLAIN_QWEN3, POSITIONS, type Qwen3Config } from "../model/config.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { parseConfig, writeConfig } from "./config-json.ts";

/** Qwen/Qwen3-0.6B's config.json as transformers 4.51 wrote it. */
const OLD = {
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 1024,
  initializer_range: 0.02,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  model_type: "qwen3",
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  transformers_version: "4.51.0",
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

/** The same in the spelling of transformers 5. */
const { rope_theta: _, rope_scaling: __, torch_dtype: ___, ...shared } = OLD;
const NEW = {
  ...shared,
  dtype: "bfloat16",
  eos_token_id: [151645, 151643],
  layer_types: Array(28).fill("full_attention"),
  rope_parameters: { rope_theta: 1000000, rope_type: "default" },
};

const JIGSAW = {
  objectives: ["masked-diffusion"],
  pattern: "prefix",
  positions: "grid",
  mask_token: 15,
  shift: false,
  block_size: null,
};

function refusal(json: unknown): JigsawError {
  try {
    parseConfig(json, "some/config.json");
  } catch (error) {
    expect(error).toBeInstanceOf(JigsawError);
    return error as JigsawError;
  }
  throw new Error("was not refused");
}

describe("Qwen3 configuration", () => {
  it("reads the old and the new spelling alike", () => {
    const config: Qwen3Config = {
      hiddenSize: 1024,
      layers: 28,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
      intermediateSize: 3072,
      vocabSize: 151936,
      ropeTheta: 1e6,
      rmsNormEps: 1e-6,
      tieWordEmbeddings: true,
      maxPositions: 40960,
      initializerRange: 0.02,
      jigsaw: PLAIN_QWEN3,
    };
    expect(parseConfig(OLD)).toEqual(config);
    expect(parseConfig(NEW)).toEqual(config);
    expect(parseConfig({ ...NEW, rope_theta: 1000000, rope_scaling: { type: "default" } })).toEqual(config);
    expect(parseConfig({ ...NEW, ep_size: 1, auto_map: null })).toEqual(config);
  });

  it("assumes what Hugging Face assumes", () => {
    const { head_dim, tie_word_embeddings, initializer_range, hidden_act, ...rest } = OLD;
    const config = parseConfig({ ...rest, num_key_value_heads: null });
    expect(config).toMatchObject({
      headDim: 64,
      kvHeads: 16,
      tieWordEmbeddings: false,
      initializerRange: 0.02,
    });
  });

  it("reads what it writes", () => {
    const size = fc.integer({ min: 1, max: 5000 });
    const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    const config: fc.Arbitrary<Qwen3Config> = fc
      .record({
        hiddenSize: size,
        layers: fc.integer({ min: 1, max: 100 }),
        kvHeads: fc.integer({ min: 1, max: 8 }),
        group: fc.integer({ min: 1, max: 8 }),
        headDim: size.map((half) => 2 * half),
        intermediateSize: size,
        vocabSize: fc.integer({ min: 64, max: 200_000 }),
        ropeTheta: positive,
        rmsNormEps: positive,
        tieWordEmbeddings: fc.boolean(),
        maxPositions: size,
        initializerRange: positive,
        jigsaw: fc.option(
          fc.record({
            objectives: fc.array(fc.string(), { minLength: 1 }),
            pattern: fc.constantFrom(...(Object.keys(patterns) as PatternName[])),
            positions: fc.constantFrom(...POSITIONS),
            maskToken: fc.option(fc.nat(63)),
            shift: fc.boolean(),
            blockSize: fc.option(size),
          }),
          { nil: PLAIN_QWEN3 },
        ),
      })
      .map(({ group, ...rest }) => ({ ...rest, heads: group * rest.kvHeads }));
    fc.assert(
      fc.property(config, (c) => {
        expect(parseConfig(JSON.parse(JSON.stringify(writeConfig(c))))).toEqual(c);
      }),
    );
  });

  it("writes the fields that Hugging Face's Qwen3Config reads", () => {
    const { bos_token_id, eos_token_id, ...expected } = OLD;
    expect(writeConfig(parseConfig(OLD), "BF16")).toEqual(expected);
    const ours = parseConfig({ ...OLD, jigsaw: JIGSAW });
    expect(writeConfig(ours)).toEqual({ ...expected, torch_dtype: "float32", jigsaw: JIGSAW });
    const { shift, block_size, ...before } = JIGSAW;
    expect(parseConfig({ ...OLD, jigsaw: before })).toEqual(ours);
  });

  it("writes a Qwen3 that was turned to diffusion as dllm's a2d-qwen3", () => {
    const { bos_token_id, eos_token_id, ...expected } = OLD;
    const write = (change: object) =>
      writeConfig(parseConfig({ ...OLD, jigsaw: { ...JIGSAW, positions: "sequence", ...change } }), "BF16");
    const a2d = { architectures: ["A2DQwen3LMHeadModel"], model_type: "a2d-qwen3", mask_token_id: 15 };
    const jigsaw = { ...JIGSAW, positions: "sequence" };
    expect(write({})).toEqual({ ...expected, ...a2d, block_size: null, right_shift_logits: false, jigsaw });
    const blocks = { pattern: "blocks", block_size: 32, shift: true };
    const written = write(blocks);
    expect(written).toMatchObject({ ...a2d, block_size: 32, right_shift_logits: true });
    // Those who know nothing of our additions read the same.
    const { jigsaw: ours, ...theirs } = written;
    expect(parseConfig(theirs).jigsaw).toEqual(parseConfig(written).jigsaw);
    expect(write({ objectives: ["autoregressive"], pattern: "causal" })).toMatchObject({
      architectures: ["Qwen3ForCausalLM"],
      model_type: "qwen3",
    });
  });

  it.each([
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "vocab_size",
    "rms_norm_eps",
    "rope_theta",
    "max_position_embeddings",
  ] as const)("refuses a missing %s", (field) => {
    const { [field]: _, ...rest } = OLD;
    const error = refusal(rest);
    expect(error.code).toBe("bad-checkpoint");
    expect(error.message).toBe(`some/config.json: ${field} is missing`);
  });

  it.each([
    [{ hidden_size: "1024" }, 'hidden_size must be a whole number from 1 to 2147483647, found "1024"'],
    [{ hidden_size: 0 }, "hidden_size must be a whole number from 1 to 2147483647, found 0"],
    [{ hidden_size: -8 }, "hidden_size must be"],
    [{ hidden_size: null }, "hidden_size must be a whole number from 1 to 2147483647, found null"],
    [{ vocab_size: 2.5 }, "vocab_size must be a whole number from 1 to 2147483647, found 2.5"],
    [{ vocab_size: 2 ** 40 }, "vocab_size must be"],
    [
      { intermediate_size: [3072] },
      "intermediate_size must be a whole number from 1 to 2147483647, found a list",
    ],
    [{ num_hidden_layers: 1e9 }, "num_hidden_layers must be a whole number from 1 to 1000, found 1000000000"],
    [{ num_key_value_heads: 5 }, "num_attention_heads 16 is no multiple of num_key_value_heads 5"],
    [{ num_key_value_heads: 32 }, "num_attention_heads 16 is no multiple of num_key_value_heads 32"],
    [{ head_dim: 127 }, "head_dim 127 is not an even whole number"],
    [{ head_dim: null, hidden_size: 1000 }, "head_dim 62.5 is not an even whole number"],
    [{ rope_theta: 0 }, "rope_theta must be a number above 0, found 0"],
    [{ rope_theta: Number.POSITIVE_INFINITY }, "rope_theta must be a number above 0, found Infinity"],
    [{ rms_norm_eps: "1e-6" }, 'rms_norm_eps must be a number above 0, found "1e-6"'],
    [{ tie_word_embeddings: 1 }, "tie_word_embeddings must be true or false, found 1"],
    [{ rope_parameters: { rope_theta: 5 } }, "rope_theta 1000000 and rope_parameters.rope_theta 5 differ"],
    [{ rope_parameters: { rope_theta: "5" } }, "rope_parameters.rope_theta must be a number above 0"],
    [{ layer_types: ["full_attention"] }, "layer_types names 1 layers, num_hidden_layers says 28"],
    [{ jigsaw: 3 }, "jigsaw must be an object, found 3"],
    [{ jigsaw: { ...JIGSAW, objectives: [] } }, "jigsaw.objectives must be a list of names"],
    [{ jigsaw: { ...JIGSAW, objectives: [1] } }, "jigsaw.objectives.0 must be text, found 1"],
    [{ jigsaw: { ...JIGSAW, pattern: "diagonal" } }, "jigsaw.pattern must be one of causal, full, prefix, "],
    [{ jigsaw: { ...JIGSAW, positions: undefined } }, "jigsaw.positions is missing"],
    [
      { jigsaw: { ...JIGSAW, mask_token: 151936 } },
      "jigsaw.mask_token 151936 lies outside the vocabulary of 151936",
    ],
  ])("refuses %j", (change, message) => {
    const error = refusal({ ...OLD, ...change });
    expect(error.code).toBe("bad-checkpoint");
    expect(error.message).toContain(`some/config.json: ${message}`);
  });

  it("refuses any other JSON without falling over", () => {
    for (const json of [null, [], "text", 3, true]) {
      expect(refusal(json).message).toContain("must be a JSON object");
    }
    const field = fc.constantFrom(
      ...Object.keys(OLD),
      "rope_parameters",
      "layer_types",
      "jigsaw",
      "num_experts",
      "quantization_config",
      "auto_map",
      "mask_token_id",
      "block_size",
    );
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        try {
          parseConfig({ ...OLD, [name]: value });
          parseConfig({ ...OLD, model_type: "sdar", [name]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(JigsawError);
        }
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { PLAIN_QWEN3, type Qwen3Config } from "./config.ts";
import { GRID_POSITION_ROWS, weightShapes } from "./weights.ts";

const SMALLEST: Qwen3Config = {
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

const parameters = (config: Qwen3Config) =>
  Object.values(weightShapes(config)).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

describe("weights of a configuration", () => {
  it.each([
    ["0.6B", {}, 596_049_920],
    ["0.6B untied", { tieWordEmbeddings: false }, 751_632_384],
    ["1.7B", { hiddenSize: 2048, intermediateSize: 6144 }, 1_720_574_976],
    ["4B", { hiddenSize: 2560, layers: 36, heads: 32, intermediateSize: 9728 }, 4_022_468_096],
    [
      "8B",
      { hiddenSize: 4096, layers: 36, heads: 32, intermediateSize: 12288, tieWordEmbeddings: false },
      8_190_735_360,
    ],
  ])("add up to Qwen3-%s", (_, change, expected) => {
    expect(parameters({ ...SMALLEST, ...change })).toBe(expected);
  });

  it("have Hugging Face's names, matrices as [out, in]", () => {
    const tiny = { ...SMALLEST, hiddenSize: 6, layers: 1, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 5 };
    expect(weightShapes({ ...tiny, intermediateSize: 7, tieWordEmbeddings: false })).toEqual({
      "model.embed_tokens.weight": [5, 6],
      "model.layers.0.input_layernorm.weight": [6],
      "model.layers.0.self_attn.q_proj.weight": [32, 6],
      "model.layers.0.self_attn.k_proj.weight": [16, 6],
      "model.layers.0.self_attn.v_proj.weight": [16, 6],
      "model.layers.0.self_attn.o_proj.weight": [6, 32],
      "model.layers.0.self_attn.q_norm.weight": [8],
      "model.layers.0.self_attn.k_norm.weight": [8],
      "model.layers.0.post_attention_layernorm.weight": [6],
      "model.layers.0.mlp.gate_proj.weight": [7, 6],
      "model.layers.0.mlp.up_proj.weight": [7, 6],
      "model.layers.0.mlp.down_proj.weight": [6, 7],
      "model.norm.weight": [6],
      "lm_head.weight": [5, 6],
    });
  });

  it("have learned rows and columns where positions are a grid's", () => {
    const shapes = (positions: "grid" | "sequence") =>
      weightShapes({ ...SMALLEST, jigsaw: { ...PLAIN_QWEN3, positions } });
    expect(shapes("grid")["model.embed_positions.weight"]).toEqual([GRID_POSITION_ROWS, 1024]);
    expect(shapes("sequence")["model.embed_positions.weight"]).toBeUndefined();
  });
});

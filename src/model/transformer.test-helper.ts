import { expect } from "vitest";
import { examples } from "../checkpoint/node/fixtures.test-helper.ts";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { evaluate } from "../graph/check.test-helper.ts";
import { input } from "../graph/tensor.ts";
import { type PatternName, patterns, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import { biasOf } from "./forward.ts";
import { feedTokens } from "./inputs.ts";
import { AXES } from "./rope.ts";
import type { Checkpoint } from "./state-dict.ts";
import { lmHead, transformer, weightInputs } from "./transformer.ts";
import { GRID_TABLES } from "./weights.ts";

/** The logits of the fixtures' batch under a pattern; without one, no mask is given to the graph. */
export async function logits(engine: Engine, { config, weights }: Checkpoint, pattern?: PatternName) {
  const positions = config.jigsaw.positions;
  const mask = input("mask", [2, 1, "tokens", "tokens"], "bool");
  const inputs = {
    ids: input("ids", [2, "tokens"], "int64"),
    coordinates: input("coordinates", [2, "tokens", AXES[positions]]),
    ...(positions === "grid" && { places: input("places", [2, "tokens", GRID_TABLES], "int64") }),
    ...(pattern && { bias: biasOf(mask) }),
  };
  const tensors = weightInputs(config);
  const graph = { logits: lmHead(config, tensors, transformer(config, tensors, inputs).hidden) };
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
    for (const [b, { spans }] of rows.entries()) {
      writeMask(visibleKeys(spans, patterns[pattern]), seen, tokens, b * tokens * tokens);
    }
    feeds.mask = { dims: [2, 1, tokens, tokens], data: seen, bool: true };
  }
  const found = (await evaluate(engine, graph, feeds)).logits!;
  expect(found.shape).toEqual([2 * tokens, config.vocabSize]);
  return { ...found, shape: [2, tokens, config.vocabSize] };
}

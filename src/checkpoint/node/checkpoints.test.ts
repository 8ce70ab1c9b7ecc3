// Six checkpoints that transformers wrote, together of every kind: opened, and their logits under every kind of
// attention. tools/fixtures/checkpoint_fixtures.py makes them.
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskOf, parseMaskSpec } from "../../cli/mask-spec.ts";
import type { Engine } from "../../engine/engine.ts";
import { newLedger } from "../../engine/ledger.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { expectClose } from "../../graph/check.test-helper.ts";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { openModel, type Pass } from "../../model/model.ts";
import {
  type AttentionPattern,
  patterns,
  type Span,
  sequencePositions,
  visibleKeys,
  writeMask,
} from "../../sequence/attention-patterns.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { expected, FOLDER } from "./fixtures.test-helper.ts";

const { ids, prompt, block, fragments } = JSON.parse(
  readFileSync(`${FOLDER}checkpoints/expected.json`, "utf8"),
) as { ids: number[]; prompt: number; block: number; fragments: number[] };
const answer = ids.length - prompt;
const place = { grid: 0, row: 0, column: 0, below: 0, right: 0 };

/** For each of `length` tokens, the index after the last of its block, the first block being `first` long. */
const blockEnds = (length: number, first = block): number[] =>
  Array.from({ length }, (_, i) =>
    Math.min(length, i < first ? first : first + block * (Math.floor((i - first) / block) + 1)),
  );

/** A pass over the first `length` ids, seen as `pattern` says of `parts`. */
function passOf(parts: readonly Span[], pattern: AttentionPattern): Pass {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const mask = new Uint8Array(length * length);
  writeMask(visibleKeys(parts, pattern), mask, length);
  const tokens = ids.slice(0, length).map((id) => ({ id, place }));
  return { tokens, mask, indices: sequencePositions(parts, pattern) };
}

/** A pass as `jigsaw logits` makes it. */
function specPass(text: string, length = ids.length): Pass {
  const mask = maskOf(parseMaskSpec(text), length);
  return { tokens: ids.slice(0, length).map((id) => ({ id, place })), ...(mask && { mask }) };
}

const both: Span[] = [{ length: prompt }, { length: answer, promptLength: prompt }];

/** By what the script calls each, the passes that must give its logits. */
const PASSES: Readonly<Record<string, readonly Pass[]>> = {
  causal: [specPass("causal"), passOf(both, patterns.causal)],
  full: [specPass("full"), passOf(both, patterns.full)],
  prefix: [specPass(`prefix:${prompt}`), passOf(both, patterns.prefix)],
  blocks: [passOf([both[0]!, { ...both[1]!, ends: blockEnds(answer) }], patterns.blocks)],
  fragments: [passOf([{ ...both[0]!, fragments }, both[1]!], patterns.fragments)],
  // What is left of a padded row is the row without its padding.
  a2d: [specPass("full", prompt)],
  // The prompt ends a block, so its first block is what is left over.
  bd3lm: [
    passOf(
      [
        { length: prompt, ends: blockEnds(prompt, prompt % block || block) },
        { length: answer, promptLength: prompt, ends: blockEnds(answer) },
      ],
      { prompt: "grids", answer: "blocks", promptSeesAnswer: false, supervises: "later-outputs" },
    ),
  ],
  sdar: [
    specPass(`blocks:${block}`),
    passOf([{ length: ids.length, ends: blockEnds(ids.length) }], { ...patterns.blocks, prompt: "grids" }),
  ],
};

const SWITCHES: Readonly<Record<string, Partial<Qwen3Config>>> = {
  "tied-bfloat16": { tieWordEmbeddings: true, heads: 4, kvHeads: 2, headDim: 16, ropeTheta: 1e6 },
  "sharded-one-kv": { tieWordEmbeddings: false, kvHeads: 1, headDim: 12, ropeTheta: 5e6, rmsNormEps: 1e-5 },
  "spelt-as-4-all-kv": { tieWordEmbeddings: true, heads: 2, kvHeads: 2, ropeTheta: 1e6, rmsNormEps: 1e-6 },
  "sharded-spelt-as-4": { tieWordEmbeddings: false, headDim: 8, ropeTheta: 5e6, rmsNormEps: 1e-2 },
  "stored-head": { tieWordEmbeddings: true, heads: 6, kvHeads: 3, headDim: 10 },
  "sharded-float16": { tieWordEmbeddings: false, layers: 3, heads: 4, kvHeads: 4, headDim: 4 },
};

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine();
});
afterAll(() => cpu.close());

/** Relative to the largest logit; all were found within 2e-6. */
const TOLERANCE = 1e-5;

describe.each(Object.keys(SWITCHES))("%s", (name) => {
  const folder = `${FOLDER}checkpoints/${name}`;

  it("opens without a warning, its switches as they were set", async () => {
    const { config } = await readCheckpoint(folder, (warning) => expect.fail(warning));
    expect(config).toMatchObject(SWITCHES[name]!);
    expect(config.jigsaw).toEqual(PLAIN_QWEN3);
    const files = readdirSync(folder);
    expect(files.includes("model.safetensors.index.json")).toBe(name.includes("sharded"));
    const json = readFileSync(`${folder}/config.json`, "utf8");
    expect(json.includes('"torch_dtype"')).toBe(name.includes("as-4") || name === "stored-head");
    expect(json.includes('"rope_parameters"')).toBe(!json.includes('"torch_dtype"'));
  });

  it("has the logits that transformers computes", async () => {
    const wanted = await expected(`${name}/`, "checkpoints/");
    expect(Object.keys(wanted).sort()).toEqual(Object.keys(PASSES).sort());
    const { config, weights } = await readCheckpoint(folder);
    const model = openModel(cpu, config, weights);
    try {
      for (const [pattern, passes] of Object.entries(PASSES)) {
        for (const pass of passes) {
          const { logits } = await model.run(pass, { logits: true, cache: false }, newLedger(), "prompt");
          const shape = [pass.tokens.length, config.vocabSize];
          expectClose({ shape, data: Float64Array.from(logits) }, wanted[pattern]!, TOLERANCE, pattern);
        }
      }
    } finally {
      await model.close();
    }
  });
});

import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { canvasTokens, gridTokens, sizeSlot, TOKEN } from "../sequence/tokens.ts";
import { firstGuess } from "./self-conditioning.ts";

const vocabSize = 64;
const tokens = [
  ...gridTokens([[1, 2]], 1),
  sizeSlot("height", 2),
  ...canvasTokens(2, 2, 2, (r, c) => (r === c ? TOKEN.mask : 5)),
];
const { normal } = random("guess");
const logits = Float32Array.from({ length: tokens.length * vocabSize }, () => 3 * normal());
const rowOf = (all: Float32Array, i: number) => all.subarray(i * vocabSize, (i + 1) * vocabSize);
const masked = [...tokens.keys()].filter((i) => tokens[i]!.id === TOKEN.mask && tokens[i]!.place.row > 0);

/** Guesses from these logits in a share of micro-batches. */
const prepared = (shift: boolean, selfConditioning: number) =>
  firstGuess({
    examples: [{ tokens, spans: [{ length: tokens.length }], labels: [], weights: [] }],
    tasks: [],
    options: { selfConditioning },
    config: tinyConfig({ shift }),
    random,
    logits: async () => [logits],
    model: () => Promise.reject(new Error("not asked for")),
  });

describe.each([false, true])("a guess, shift %s", (shift) => {
  it("is the softmax over colours of every masked cell, and nothing of other tokens", async () => {
    const soft = (await prepared(shift, 1))[0]!.softEmbeddings!;
    expect(masked).toHaveLength(2);
    for (const i of tokens.keys()) {
      const row = rowOf(soft, i);
      const powers = [...rowOf(logits, Math.max(0, i - Number(shift))).subarray(0, 10)].map(Math.exp);
      const total = powers.reduce((a, b) => a + b);
      for (const [id, p] of row.entries())
        expect(p).toBeCloseTo(masked.includes(i) && id < 10 ? powers[id]! / total : 0, 6);
    }
  });

  it("is given to a share of micro-batches", async () => {
    expect((await prepared(shift, 0))[0]).not.toHaveProperty("softEmbeddings");
  });
});

import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { canvasTokens, gridTokens, sizeSlot, TOKEN } from "../sequence/tokens.ts";
import { writeGuess } from "./guess.ts";

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

const guess = (shift: boolean, temperature?: number) => {
  const soft = new Float32Array(logits.length);
  writeGuess(soft, tokens, logits, { vocabSize, shift, ...(temperature !== undefined && { temperature }) });
  return soft;
};

describe.each([false, true])("a guess, shift %s", (shift) => {
  it("is the softmax over colours of every masked cell, and nothing of other tokens", () => {
    const soft = guess(shift);
    expect(masked).toHaveLength(2);
    for (const i of tokens.keys()) {
      const row = rowOf(soft, i);
      const powers = [...rowOf(logits, Math.max(0, i - Number(shift))).subarray(0, 10)].map(Math.exp);
      const total = powers.reduce((a, b) => a + b);
      for (const [id, p] of row.entries())
        expect(p).toBeCloseTo(masked.includes(i) && id < 10 ? powers[id]! / total : 0, 6);
    }
  });

  it("is sharper the lower the temperature, down to the likeliest colour alone", () => {
    for (const i of masked) {
      const tops = [2, 1, 0.5, 0.1, 0].map((t) => Math.max(...rowOf(guess(shift, t), i)));
      expect(tops).toEqual(tops.toSorted((a, b) => a - b));
      expect(tops.at(-1)).toBe(1);
      const cold = rowOf(guess(shift, 0), i);
      const warm = rowOf(guess(shift, 1), i);
      expect([...cold].filter((p) => p > 0)).toEqual([1]);
      expect(cold.indexOf(1)).toBe(warm.indexOf(Math.max(...warm)));
    }
  });
});

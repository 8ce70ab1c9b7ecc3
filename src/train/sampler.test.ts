import { describe, expect, it } from "vitest";
import { trainedFamilies } from "../puzzles/index.ts";
import { type Dataset, puzzleDataset } from "./dataset.ts";
import { batchSampler } from "./sampler.ts";
import { learningOf, trainSettings } from "./settings.ts";

const settings = trainSettings.parse({ batchSize: 4 });
const dataset = puzzleDataset(trainedFamilies, ["easy"], 3, 1);
const open = (over: { seed?: number; maxTokens?: number } = {}, from: Dataset = dataset) => {
  const sampleAt = batchSampler(from, { ...settings, ...learningOf(settings), ...over });
  return (index: number) => sampleAt(index).map(({ example }) => example);
};
const indices = [...Array(40).keys()];

describe("batches", () => {
  it("gives the same batch for an index, in any order", () => {
    const [forward, backward] = [open(), open()];
    const there = indices.map((i) => forward(i));
    const back = indices.toReversed().map((i) => backward(i));
    expect(back.toReversed()).toEqual(there);
  });

  it("gives no example twice", () => {
    const batchAt = open();
    const seen = indices.flatMap((i) => batchAt(i).map((example) => JSON.stringify(example.tokens)));
    expect(seen).toHaveLength(160);
    expect(new Set(seen).size).toBe(160);
  });

  it("puts sequences of like lengths together: less than a tenth is padding", () => {
    const batchAt = open();
    let [real, padded] = [0, 0];
    for (const i of indices) {
      const lengths = batchAt(i).map(({ tokens }) => tokens.length);
      real += lengths.reduce((a, b) => a + b, 0);
      padded += Math.max(...lengths) * lengths.length;
    }
    expect(real / padded).toBeGreaterThan(0.9);
  });

  it("depends on the seed", () => {
    expect(open({ seed: 2 })(0)).not.toEqual(open()(0));
  });

  it("draws another task for one that is too long, and leaves the others as they are", () => {
    const all = indices.slice(0, 16).flatMap((i) => open()(i));
    const longest = Math.max(...all.map(({ tokens }) => tokens.length));
    const fitting = indices.slice(0, 16).flatMap((i) => open({ maxTokens: longest - 1 })(i));
    expect(fitting).toHaveLength(all.length);
    expect(Math.max(...fitting.map(({ tokens }) => tokens.length))).toBeLessThan(longest);
    const texts = new Set(all.map((example) => JSON.stringify(example)));
    const changed = fitting.filter((example) => !texts.has(JSON.stringify(example)));
    expect(changed).toHaveLength(all.filter(({ tokens }) => tokens.length === longest).length);
  });

  it("gives up where no task fits", () => {
    expect(() => open({ maxTokens: 20 })(0)).toThrow("200 tasks in a row are longer than 20 tokens");
  });
});

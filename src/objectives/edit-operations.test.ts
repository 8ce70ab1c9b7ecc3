import { describe, expect, it } from "vitest";
import { height, width } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { generatePuzzle, trainedFamilies } from "../puzzles/index.ts";
import { followScript } from "../sequence/edit-script.ts";
import { answerGrid, promptTokens, TOKEN } from "../sequence/tokens.ts";
import { nextTokens } from "./autoregressive.ts";
import { editOperations } from "./edit-operations.ts";

const examples = Array.from({ length: 40 }, (_, seed) => {
  const task = randomTask(`operations ${seed}`, 1 + (seed % 3), 6);
  return {
    task,
    example: editOperations.example(task, 0, random("operations", seed), { pattern: "causal" }),
  };
});

describe("the objective of edit operations", () => {
  const scripts = examples.flatMap(({ task, example }) => {
    const at = example.tokens.findIndex(({ id }) => id === TOKEN.edit);
    return at < 0 ? [] : [{ task, example, at }];
  });

  it("follows the prompt and the answer's size by operations that give the answer", () => {
    for (const { task, example, at } of scripts) {
      const prompt = promptTokens(task);
      expect(example.tokens.slice(0, prompt.length)).toEqual(prompt);
      expect(at).toBe(prompt.length + 2);
      const { input, output } = task.test[0]!;
      const ids = example.tokens.slice(at).map(({ id }) => id);
      const grid = answerGrid(task.train.length);
      const done = followScript(input, height(output!), width(output!), grid, ids);
      expect(done.grid).toEqual(output);
      expect(example.tokens.slice(at)).toEqual(done.tokens);
    }
  });

  it("tells the next token, of operations all but those that the grammar forces", () => {
    for (const { task, example, at } of scripts) {
      const { tokens, labels, weights } = example;
      const { input, output } = task.test[0]!;
      const ids = tokens.slice(at).map(({ id }) => id);
      const { forced } = followScript(input, height(output!), width(output!), 4, ids);
      for (const [i, label] of labels.entries()) {
        if (label >= 0) expect(label).toBe(tokens[i + 1]!.id);
        expect(weights[i]).toBe(label < 0 ? 0 : 1);
        const next = i + 1 - at;
        if (next >= 0 && next < forced.length) expect(label < 0).toBe(forced[next]);
      }
    }
  });

  it("types one answer in five as cells", () => {
    expect(scripts.length).toBeGreaterThan(examples.length / 2);
    expect(scripts.length).toBeLessThan(examples.length);
    for (const { task, example } of examples.filter(
      ({ example }) => !scripts.some((s) => s.example === example),
    ))
      expect(example).toEqual(nextTokens(task));
  });

  it("takes fewer decisions than cells where a puzzle changes little", () => {
    const family = trainedFamilies.find(({ name }) => name === "fill")!;
    const task = generatePuzzle(family, "medium", 3);
    const script = [1, 2, 3, 4]
      .map((seed) => editOperations.example(task, 0, random(seed), { pattern: "causal" }))
      .find(({ tokens }) => tokens.some(({ id }) => id === TOKEN.edit))!;
    const at = script.tokens.findIndex(({ id }) => id === TOKEN.edit);
    const decisions = script.labels.slice(at).filter((label) => label >= 0).length;
    expect(decisions).toBeLessThan(task.test[0]!.output!.flat().length);
  });
});

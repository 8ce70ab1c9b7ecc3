import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { answerTokens, promptTokens, TOKEN } from "../sequence/tokens.ts";
import { autoregressive } from "./autoregressive.ts";

const exampleOf = (task: ReturnType<typeof randomTask>, noise = 0) =>
  autoregressive.example(task, noise, random("x"), { pattern: "causal" });

describe("the autoregressive objective", () => {
  const task = randomTask("autoregressive", 3);
  const { tokens, spans, labels, weights } = exampleOf(task);

  it("reads the prompt and the answer, closed by its end", () => {
    expect(tokens).toEqual([...promptTokens(task), ...answerTokens(task.test[0]!.output!, 8)]);
    expect(spans).toEqual([{ length: tokens.length }]);
    expect([labels.length, weights.length]).toEqual([tokens.length, tokens.length]);
  });

  it("learns every token of every output but the first, and the answer's end", () => {
    const told = labels.flatMap((label, i) => (label < 0 ? [] : [i + 1]));
    const wanted = tokens.flatMap(({ id, place }, i) => {
      const output = place.grid % 2 === 0 && place.grid > 2;
      return output && id !== TOKEN.output ? [i] : [];
    });
    expect(told).toEqual(wanted);
    // Three outputs of which the last has an end: what is learnt of each, in the order of reading.
    const outputs = [task.train[1]!.output, task.train[2]!.output, task.test[0]!.output!];
    const learnt = outputs.flatMap((grid) => answerTokens(grid, 0).slice(0, -1));
    expect(labels.filter((label) => label >= 0)).toEqual([...learnt.map(({ id }) => id), TOKEN.end]);
  });

  it("labels each token with the very next", () => {
    for (const [i, label] of labels.entries()) if (label >= 0) expect(label).toBe(tokens[i + 1]!.id);
  });

  it("starts at the output's mark, and learns no input and no mark", () => {
    expect(labels.at(-1)).toBe(-1);
    for (const [i, { id, place }] of tokens.entries()) {
      if (place.grid % 2 === 1 || place.grid === 0) expect(labels[i]).toBe(-1);
      if (id === TOKEN.output) expect(labels[i]! >= 0).toBe(place.grid > 2);
    }
  });

  it("weighs all predictions alike, and nothing else", () => {
    expect(weights).toEqual(labels.map((label) => (label < 0 ? 0 : 1)));
  });

  it("does not depend on noise", () => {
    expect(exampleOf(task, 0.9)).toEqual(exampleOf(task, 0));
  });
});

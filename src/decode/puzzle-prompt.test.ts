import { describe, expect, it } from "vitest";
import { makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { MAX_TOKENS, promptOf, withSize } from "./puzzle-prompt.ts";

const model = { config: tinyConfig() };

describe("a prompt", () => {
  it("is a test input's tokens, and the number of the grid that answers it", () => {
    const task = randomTask("prompt", 3);
    const { tokens, format, template } = promptOf(model, task);
    expect(tokens).toEqual(promptTokens(task, 0));
    expect(format.grid).toMatchObject({ number: 8, size: undefined, input: task.test[0]!.input });
    expect(template).toBeUndefined();
  });

  it("has the layout of the model's pattern, and a size that is told, by a rule or otherwise", () => {
    const fragments = { config: tinyConfig({ pattern: "fragments" }) };
    const task = randomTask("layout", 3);
    expect(promptOf(fragments, task).tokens).toEqual(promptTokens(task, 0, "fragments"));
    const keeping = { ...task, train: task.train.map(({ input }) => ({ input, output: input })) };
    const { input } = task.test[0]!;
    const size = { rows: input.length, columns: input[0]!.length };
    expect(promptOf(model, keeping, 0, "rules").format.grid!.size).toEqual(size);
    const other = { rows: 2, columns: 5 };
    const told = promptOf(model, keeping, 0, other);
    expect(told.format.grid!.size).toEqual(other);
    expect(withSize(told, undefined).format.grid!.size).toBeUndefined();
    expect(withSize(told, size).tokens).toBe(told.tokens);
  });

  /** A task whose prompt has exactly so many tokens. */
  function taskOfLength(length: number): Task {
    const full = makeGrid(30, 30, () => 1);
    const sizes = Array.from({ length: 900 }, (_, i) =>
      makeGrid(1 + Math.floor(i / 30), 1 + (i % 30), () => 2),
    );
    for (const output of sizes) {
      const rest =
        length -
        promptTokens({
          id: "",
          train: [
            { input: full, output: full },
            { input: full, output },
          ],
          test: [{ input: [[1]] }],
        }).length;
      const input = sizes.find((grid) => grid.length * (grid[0]!.length + 1) - 2 === rest);
      if (input)
        return {
          id: "long",
          train: [
            { input: full, output: full },
            { input: full, output },
          ],
          test: [{ input }],
        };
    }
    throw new Error(`no task has ${length} tokens`);
  }

  it("may be as long as the limit", () => {
    expect(promptOf(model, taskOfLength(MAX_TOKENS)).tokens.length).toBe(MAX_TOKENS);
  });

  it("is refused beyond, with the task, the test input, its length and the limit", () => {
    try {
      promptOf(model, taskOfLength(MAX_TOKENS + 1));
      expect.fail("was not refused");
    } catch (error) {
      expect(error).toMatchObject({
        name: "JigsawError",
        code: "too-long",
        message: "task long: the prompt of test input 0 has 4097 tokens, more than 4096",
      });
    }
  });
});

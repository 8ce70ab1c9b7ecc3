import { describe, expect, it } from "vitest";
import { makeGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { PLAIN_QWEN3 } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { capabilities } from "../objectives/index.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { checkObjective, type Decoder, MAX_TOKENS, promptOf } from "./decoder.ts";
import { decoders } from "./decoders/index.ts";

const modelFor = (...trained: string[]) => ({ config: tinyConfig({ objectives: trained }) }) as Model;

describe("decoders", () => {
  it("go by their names, and need what a checkpoint can be trained for", () => {
    for (const [name, decoder] of Object.entries<Decoder>(decoders)) {
      expect(decoder.name).toBe(name);
      const needed = [decoder.objective, ...(decoder.needs ?? [])];
      expect(Object.keys(capabilities)).toEqual(expect.arrayContaining(needed));
    }
  });

  it("take checkpoints that were trained for what they need", () => {
    checkObjective(decoders.greedy, modelFor("autoregressive"));
    checkObjective(decoders.steps, modelFor("masked-diffusion"));
    checkObjective(decoders.steps, modelFor("autoregressive", "masked-diffusion"));
    const plain = { ...tinyConfig(), jigsaw: PLAIN_QWEN3 };
    // A Qwen3 checkpoint of someone else's is a typewriter.
    checkObjective(decoders.greedy, { config: plain } as Model);
    expect(() => checkObjective(decoders.steps, { config: plain } as Model)).toThrow(JigsawError);
  });

  it("refuse others, and say what was trained for what and what to do", () => {
    try {
      checkObjective(decoders.steps, modelFor("autoregressive"));
      expect.fail("was not refused");
    } catch (error) {
      expect(error).toMatchObject({
        code: "unsupported",
        message:
          'decoder "steps" needs a checkpoint trained for masked-diffusion; this one was trained for autoregressive',
        hint: expect.stringContaining("jigsaw-adapted"),
      });
    }
    expect(() => checkObjective(decoders.greedy, modelFor("masked-diffusion"))).toThrow("autoregressive");
    checkObjective(decoders.speculative, modelFor("autoregressive", "masked-diffusion"));
    for (const half of ["autoregressive", "masked-diffusion"])
      expect(() => checkObjective(decoders.speculative, modelFor(half))).toThrow(
        "trained for masked-diffusion and autoregressive",
      );
  });
});

describe("a prompt", () => {
  it("is a test input's tokens, and the number of the grid that answers it", () => {
    const task = randomTask("prompt", 3);
    expect(promptOf(task, 0)).toEqual({ tokens: promptTokens(task, 0), grid: 8 });
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
    expect(promptOf(taskOfLength(MAX_TOKENS), 0).tokens.length).toBe(MAX_TOKENS);
  });

  it("is refused beyond, with the task, the test input, its length and the limit", () => {
    try {
      promptOf(taskOfLength(MAX_TOKENS + 1), 0);
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

import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { PLAIN_QWEN3 } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { capabilities } from "../objectives/index.ts";
import { decoders } from "./decoders/index.ts";
import { checkObjective, type Decoder } from "./define.ts";

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

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import type { Grid } from "../arc/grid.ts";
import { JigsawError } from "../core/errors.ts";
import { PLAIN_QWEN3 } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { capabilities } from "../objectives/index.ts";
import { decoders } from "./decoders/index.ts";
import { checkObjective, type DecodeOptions, type Decoder, type Decoding, defineDecoder } from "./define.ts";
import { promptOf } from "./puzzle-prompt.ts";

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

describe("the options of a decoder", () => {
  const model = modelFor("masked-diffusion");
  const prompt = promptOf(model, { id: "options", train: [], test: [{ input: [[1]] }] });

  it("are checked when a program is compiled, by their names and types", async () => {
    const { steps, greedy } = decoders;
    const misspelt = () => [
      // @ts-expect-error: no option has that name
      steps.decode(model, prompt, { stepz: 3 }),
      // @ts-expect-error: an option of another decoder
      greedy.decode(model, prompt, { steps: 3 }),
    ];
    expect(misspelt).toBeTypeOf("function");
    // @ts-expect-error: no number
    const wrong = steps.decode(model, prompt, { steps: "three" });
    await expect(wrong.candidates).rejects.toMatchObject({ code: "bad-option" });
  });

  it("are any, of a decoder that is found by name", () => {
    const known: Readonly<Record<string, Decoder>> = decoders;
    expectTypeOf(known.steps!.decode<Grid>)
      .parameter(2)
      .toEqualTypeOf<DecodeOptions | undefined>();
  });
});

describe("a decoding", () => {
  const model = modelFor("masked-diffusion");
  const prompt = promptOf(model, { id: "streams", train: [], test: [{ input: [[1]] }] });
  /** Shows as many frames as it is asked to, and tells how it ended. */
  const counting = (log: string[] = [], failAt = Number.POSITIVE_INFINITY) =>
    defineDecoder({
      ...{
        name: "counting",
        family: "jigsaw",
        objective: "masked-diffusion",
        about: "counts",
        model: "none",
      },
      options: z.object({ frames: z.int().default(3) }),
      async *search({ session, options: { frames } }) {
        try {
          for (let pass = 1; pass <= frames; pass++) {
            await sleep(1);
            session.signal!.throwIfAborted();
            if (pass === failAt) throw new Error("of the decoder");
            log.push(`${pass}`);
            yield { pass, shape: [1], slots: [pass], confidence: [1], committed: [], retracted: [], ties: 0 };
          }
          return [{ answer: [[frames]], logProbability: 0, runnerUp: [[0]] }];
        } finally {
          log.push("cleaned up");
        }
      },
    });
  const passesOf = async (decoding: Decoding) => {
    const passes: number[] = [];
    for await (const { pass } of decoding) passes.push(pass);
    return passes;
  };

  it("starts by itself, and gives its candidates to who only awaits them", async () => {
    const log: string[] = [];
    const [best] = await counting(log).decode(model, prompt).candidates;
    expect(best!.answer).toEqual([[3]]);
    expect(log).toEqual(["1", "2", "3", "cleaned up"]);
  });

  it("gives its frames to who only iterates, and both to who asks for both", async () => {
    expect(await passesOf(counting().decode(model, prompt))).toEqual([1, 2, 3]);
    const decoding = counting().decode(model, prompt);
    expect(await passesOf(decoding)).toEqual([1, 2, 3]);
    expect((await decoding.candidates).length).toBe(1);
    const awaited = counting().decode(model, prompt);
    await awaited.candidates;
    expect(await passesOf(awaited)).toEqual([1, 2, 3]);
    expect(() => awaited[Symbol.asyncIterator]()).toThrow("iterated over before");
  });

  it("stops and has cleaned up where the loop is left, by break or by an error", async () => {
    for (const leave of ["break", "throw"]) {
      const log: string[] = [];
      const decoding = counting(log).decode(model, prompt, { frames: 1000 });
      const watch = async () => {
        for await (const { pass } of decoding) {
          if (pass < 2) continue;
          if (leave === "break") break;
          throw new Error("of the watcher");
        }
      };
      if (leave === "break") await watch();
      else await expect(watch()).rejects.toThrow("of the watcher");
      expect(log.at(-1)).toBe("cleaned up");
      expect(log.length).toBeLessThan(10);
      await expect(decoding.candidates).rejects.toMatchObject({ code: "interrupted" });
    }
  });

  it("hands an abort to loop and candidates, before it begins and while it runs", async () => {
    const reason = new Error("enough");
    const log: string[] = [];
    const before = counting(log).decode(model, prompt, {}, { signal: AbortSignal.abort(reason) });
    await expect(before.candidates).rejects.toBe(reason);
    expect(log).not.toContain("1");
    const stop = new AbortController();
    const decoding = counting(log).decode(model, prompt, { frames: 1000 }, { signal: stop.signal });
    const watch = async () => {
      for await (const { pass } of decoding) if (pass === 2) stop.abort(reason);
    };
    await expect(watch()).rejects.toBe(reason);
    await expect(decoding.candidates).rejects.toBe(reason);
    expect(log.at(-1)).toBe("cleaned up");
  });

  it("hands on a failure, which is no unhandled rejection where nobody asks", async () => {
    await expect(passesOf(counting([], 2).decode(model, prompt))).rejects.toThrow("of the decoder");
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    counting([], 2).decode(model, prompt);
    counting().decode(model, prompt, { frames: "many" as never });
    await sleep(30);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("is not thenable, and refuses what does not fit through its candidates", async () => {
    const decoding = counting().decode(model, prompt, { frames: 1.5 });
    expect("then" in decoding).toBe(false);
    await expect(decoding.candidates).rejects.toMatchObject({ code: "bad-option" });
    const other = counting().decode(modelFor("autoregressive"), prompt);
    await expect(other.candidates).rejects.toMatchObject({ code: "unsupported" });
  });
});

/** The decoders on answers that are no grids: a line of text, with the session and the algorithms as they are. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { type Model, openModel } from "../model/model.ts";
import { type Changes, tinyConfig } from "../model/tiny.test-helper.ts";
import { decoders } from "./decoders/index.ts";
import type { DecodeOptions, Decoder } from "./define.ts";
import { OPEN } from "./frames.ts";
import { infill } from "./infill.ts";
import { LINE_MASK, LINE_VOCABULARY, linePrompt } from "./line-format.test-helper.ts";
import { decodePrompt, expectSame } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const LENGTH = 8;
const prompt = linePrompt("badge", LENGTH);
const TRAINED = [
  ...["autoregressive", "masked-diffusion", "block-diffusion", "wrong-cells", "self-conditioning"],
] as const;

async function withModel(
  changes: Changes,
  seed: number,
  work: (model: Model) => Promise<void>,
): Promise<void> {
  const config = tinyConfig({
    ...{ objectives: TRAINED, positions: "sequence", layers: 1, vocabSize: LINE_VOCABULARY },
    ...changes,
  });
  const own = { ...config, jigsaw: { ...config.jigsaw, maskToken: LINE_MASK } };
  const model = openModel(engine, own, initialWeights(own, seed));
  try {
    await work(model);
  } finally {
    await model.close();
  }
}

const PREFIX: Changes = { pattern: "prefix" };
const SHIFTED: Changes = { pattern: "causal-prompt", shift: true };
const BLOCKS: Changes = { pattern: "blocks", blockSize: 3 };
const CAUSAL: Changes = { pattern: "causal" };

const { steps, adaptive, remask, blocks, edit, tree, soft, speculative, greedy, beam, dfs, sample } =
  decoders;
const cases: readonly { decoder: Decoder; changes: Changes; options?: DecodeOptions }[] = [
  ...[PREFIX, SHIFTED, BLOCKS].flatMap((changes) => [
    { decoder: steps, changes, options: { steps: 3 } },
    { decoder: adaptive, changes, options: { threshold: 0.4 } },
    { decoder: remask, changes, options: { steps: 4 } },
    { decoder: edit, changes, options: { rounds: 3 } },
    { decoder: tree, changes, options: { floor: 0.001, threshold: 0.5, maxPasses: 12, batch: 2 } },
  ]),
  { decoder: blocks, changes: BLOCKS, options: { steps: 2 } },
  { decoder: blocks, changes: SHIFTED, options: { steps: 2 } },
  { decoder: soft, changes: PREFIX, options: { steps: 3 } },
  { decoder: speculative, changes: SHIFTED },
  { decoder: greedy, changes: CAUSAL },
  { decoder: beam, changes: CAUSAL, options: { width: 3 } },
  { decoder: dfs, changes: CAUSAL, options: { floor: 0.001, maxPasses: 40, guess: "input" } },
  { decoder: sample, changes: CAUSAL, options: { count: 3 } },
];

describe.each(cases.map((one) => ({ ...one, name: one.decoder.name, pattern: one.changes.pattern })))(
  "a line by $name under $pattern",
  ({ decoder, changes, options }) => {
    it("is a string, shown slot by slot in frames of its length, the same cached and uncached", async () => {
      let same = 0;
      for (const seed of [1, 2, 3]) {
        await withModel(changes, seed, async (model) => {
          const cached = await decodePrompt(decoder, model, prompt, options);
          for (const { shape, slots } of cached.frames) {
            expect(shape).toEqual([LENGTH]);
            expect(slots.length).toBe(LENGTH);
          }
          expect(cached.frames.length).toBeGreaterThan(0);
          expect(cached.candidates.length).toBeGreaterThan(0);
          for (const { answer, runnerUp, logProbability } of cached.candidates) {
            for (const line of [answer, runnerUp]) expect(line).toMatch(new RegExp(`^[a-l]{${LENGTH}}$`));
            expect(Number.isFinite(logProbability)).toBe(true);
          }
          const plain = await decodePrompt(decoder, model, prompt, { ...options, cache: "none" });
          same += Number(expectSame(cached, plain));
        });
      }
      expect(same).toBeGreaterThan(1);
    });
  },
);

describe("a line", () => {
  it("is filled block after block of so many tokens", async () => {
    await withModel(BLOCKS, 4, async (model) => {
      const { frames } = await decodePrompt(blocks, model, prompt, { steps: 1 });
      expect(frames.map(({ committed }) => committed)).toEqual([
        [0, 1, 2],
        [3, 4, 5],
        [6, 7],
      ]);
    });
  });

  it("is typed as plain passes over the whole sequence find it likeliest", async () => {
    await withModel(CAUSAL, 5, async (model) => {
      const written = [...prompt.tokens];
      for (let i = 0; i < LENGTH; i++) {
        const n = written.length;
        const mask = Uint8Array.from({ length: n * n }, (_, at) => Number(at % n <= Math.floor(at / n)));
        const want = { logits: "last", cache: false } as const;
        const { logits } = await model.run({ tokens: written, mask }, want, newLedger(), "decode");
        const letters = [...logits.subarray(3, 15)];
        written.push({ ...written[0]!, id: 3 + letters.indexOf(Math.max(...letters)) });
      }
      const { candidates, frames } = await decodePrompt(greedy, model, prompt);
      expect(frames.at(-1)!.slots).toEqual(written.slice(prompt.tokens.length).map(({ id }) => id));
      expect(prompt.format.script.idsOf(candidates[0]!.answer)).toEqual(frames.at(-1)!.slots);
    });
  });

  it("goes on from a line that is partly filled", async () => {
    await withModel(PREFIX, 6, async (model) => {
      const slots = [OPEN, 4, OPEN, OPEN, 5, OPEN, OPEN, OPEN];
      const { candidates } = await decodePrompt(
        steps,
        model,
        infill(prompt, { shape: [LENGTH], slots, locked: [1] }),
      );
      expect(candidates[0]!.answer).toMatch(/^.b..c...$/);
    });
  });

  it("is refused by what is about grids, which says so", async () => {
    await withModel(PREFIX, 7, async (model) => {
      await expect(decodePrompt(steps, model, prompt, { order: "background" })).rejects.toThrow(
        "about grids",
      );
    });
    await withModel({ ...CAUSAL, objectives: ["edit-operations"] }, 7, async (model) => {
      await expect(decodePrompt(decoders["edit-ops"], model, prompt)).rejects.toThrow("about grids");
    });
    await withModel({ ...CAUSAL, objectives: ["backspace"] }, 7, async (model) => {
      await expect(decodePrompt(decoders.backspace, model, prompt)).rejects.toThrow("no backspace");
    });
  });
});

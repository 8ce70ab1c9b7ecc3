/** What a model says of cells: what its decoders were sure of, and what plain passes give. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { type Changes, randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { canvasTokens, TOKEN } from "../sequence/tokens.ts";
import { adaptive } from "./decoders/adaptive.ts";
import { blocks } from "./decoders/blocks.ts";
import { greedy } from "./decoders/greedy.ts";
import { steps } from "./decoders/steps.ts";
import { OPEN } from "./frames.ts";
import { inspect } from "./inspect.ts";
import { logitsOf } from "./plain.test-helper.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { decodeAll, withRandomModel } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const masked = ["masked-diffusion"] as const;
const size = { rows: 3, columns: 3 };
const shape = [3, 3];
const blank = new Array<number>(9).fill(OPEN);
const near = (found: number, wanted: number) => expect(Math.abs(found - wanted)).toBeLessThan(1e-4);

const cases: { name: string; config: Changes }[] = [
  { name: "grid-prompt", config: { objectives: masked } },
  { name: "the shift", config: { objectives: masked, pattern: "causal-prompt", shift: true } },
  { name: "full attention", config: { objectives: masked, pattern: "full" } },
];

describe.each(cases)("inspect under $name", ({ config }) => {
  it.each([steps, adaptive])("tells what $name was sure of, from the canvas before", async (decoder) => {
    const task = randomTask("inspect", 1);
    await withRandomModel(engine, tinyConfig({ layers: 1, ...config }), 3, async (model) => {
      const { pattern } = model.config.jigsaw;
      const cache = pattern === "full" ? "none" : "prompt";
      const { frames } = await decodeAll(decoder, model, task, { cache, steps: 4 }, { size });
      let slots: readonly number[] = blank;
      for (const frame of frames) {
        const ledger = newLedger();
        const found = await inspect(model, promptOf(model, task), { shape, slots }, ledger);
        expect(ledger.passes).toBeLessThanOrEqual(2);
        for (const [cell, colours] of found.entries()) {
          near(
            colours!.reduce((a, b) => a + b),
            1,
          );
          if (slots[cell] === OPEN) near(Math.max(...colours!), frame.confidence[cell]!);
        }
        for (const cell of frame.committed) near(found[cell]![frame.slots[cell]!]!, frame.confidence[cell]!);
        slots = frame.slots;
      }
    });
  });
});

describe("inspect", () => {
  it("tells of filled cells what a plain pass over the whole sequence gives", async () => {
    const task = randomTask("filled", 1);
    await withRandomModel(engine, tinyConfig({ layers: 1 }), 4, async (model) => {
      const prompt = promptOf(model, task);
      const slots = [1, OPEN, 3, 4, 5, OPEN, 7, 8, 9];
      const found = await inspect(model, prompt, { shape, slots }, newLedger());
      const logits = await logitsOf(
        model,
        prompt.tokens,
        canvasTokens(3, 3, prompt.format.grid!.number, (r, c) =>
          slots[3 * r + c] === OPEN ? TOKEN.mask : slots[3 * r + c]!,
        ),
      );
      for (const [cell, colours] of found.entries()) {
        const start = (prompt.tokens.length + 2 + 4 * Math.floor(cell / 3) + (cell % 3)) * 64;
        const powers = [...logits.subarray(start, start + 10)].map(Math.exp);
        const total = powers.reduce((a, b) => a + b);
        for (const [colour, power] of powers.entries()) near(colours![colour]!, power / total);
      }
    });
  });

  it("reads row by row what learnt blocks alone", async () => {
    const task = randomTask("blocks", 1);
    const config = tinyConfig({ layers: 1, objectives: ["block-diffusion"], pattern: "blocks" });
    await withRandomModel(engine, config, 5, async (model) => {
      const options = { steps: 3, threshold: 1 };
      const { frames } = await decodeAll(blocks, model, task, options, { size });
      let slots: readonly number[] = blank;
      for (const frame of frames) {
        const found = await inspect(model, promptOf(model, task), { shape, slots }, newLedger());
        for (const cell of frame.committed) near(found[cell]![frame.slots[cell]!]!, frame.confidence[cell]!);
        slots = frame.slots;
      }
      expect(frames.length).toBe(9);
    });
  });

  it("reads from left to right what learnt no open cells, up to the first open one", async () => {
    const task = randomTask("typed", 1);
    const config = tinyConfig({ layers: 1, objectives: ["autoregressive"], pattern: "causal" });
    await withRandomModel(engine, config, 6, async (model) => {
      const prompt = promptOf(model, task);
      const { frames } = await decodeAll(greedy, model, task, {}, { size });
      const { slots, confidence } = frames.at(-1)!;
      const whole = await inspect(model, prompt, { shape, slots }, newLedger());
      for (const [cell, colours] of whole.entries()) near(colours![slots[cell]!]!, confidence[cell]!);
      const half = slots.map((id, cell) => (cell === 4 || cell === 7 ? OPEN : id));
      const found = await inspect(model, prompt, { shape, slots: half }, newLedger());
      expect(found.map((colours) => colours === null)).toEqual(half.map((_, cell) => cell > 4));
      for (const cell of [0, 1, 2, 3, 4])
        for (const [i, p] of found[cell]!.entries()) near(p, whole[cell]![i]!);
    });
  });

  it("frees what it kept, and stops when it is told to", async () => {
    const task = randomTask("stopped", 1);
    await withRandomModel(engine, tinyConfig({ layers: 1 }), 7, async (model) => {
      const freed: number[] = [];
      const counting = {
        ...model,
        free: async (...segments: Parameters<typeof model.free>) => {
          freed.push(segments.length);
          await model.free(...segments);
        },
      };
      const prompt = promptOf(model, task);
      await inspect(counting, prompt, { shape, slots: blank }, newLedger());
      expect(freed).toEqual([1]);
      const stopped = AbortSignal.abort(new Error("enough"));
      await expect(inspect(model, prompt, { shape, slots: blank }, newLedger(), stopped)).rejects.toThrow(
        "enough",
      );
    });
  });
});

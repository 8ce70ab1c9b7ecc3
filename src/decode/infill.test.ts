/** Going on from a canvas: what is filled stands, what is locked stays, what is open is decoded as ever. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Grid } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import type { Model } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { TOKEN } from "../sequence/tokens.ts";
import { adaptive } from "./decoders/adaptive.ts";
import { decoders } from "./decoders/index.ts";
import { remask } from "./decoders/remask.ts";
import { steps } from "./decoders/steps.ts";
import { tree } from "./decoders/tree.ts";
import type { Decoder } from "./define.ts";
import { OPEN, type Template } from "./frames.ts";
import { infill } from "./infill.ts";
import { type Found, logitsOf, plainSteps } from "./plain.test-helper.ts";
import type { Prompt } from "./prompt.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { decodeAll, trainedFor, withRandomModel } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const going = Object.values<Decoder>(decoders).filter(({ infills }) => infills);
const [rows, columns] = [3, 4];
const size = { rows, columns };
const shape = [rows, columns];
const open: Template = { shape, slots: new Array<number>(rows * columns).fill(OPEN), locked: [] };

/** A canvas of which a third is locked, a third filled and a third open. */
function thirds(seed: number): Template {
  const draw = random("thirds", seed);
  const order = draw.sample([...open.slots.keys()]);
  const slots = open.slots.map((id, slot) => (order.indexOf(slot) < 8 ? draw.int(0, 9) : id));
  return { shape, slots, locked: order.slice(0, 4) };
}

const configOf = (decoder: Decoder) => tinyConfig({ layers: 1, ...trainedFor(decoder) });
const both = tinyConfig({ layers: 1, objectives: ["masked-diffusion", "wrong-cells"] });

describe.each(going)("$name", (decoder) => {
  it("shows the same frames from an open canvas as without one", async () => {
    for (const seed of [1, 2]) {
      await withRandomModel(engine, configOf(decoder), seed, async (model) => {
        const task = randomTask(`open ${seed}`, 1);
        const [a, b] = [
          await decodeAll(decoder, model, task, {}, { size }),
          await decodeAll(decoder, model, task, {}, { template: open }),
        ];
        expect(b.frames.length).toBeGreaterThan(1);
        expect(b.frames).toEqual(a.frames);
        expect(b.candidates).toEqual(a.candidates);
      });
    }
  });

  it("never touches what is locked, and fills what is open", async () => {
    let changed = 0;
    for (const seed of [1, 2, 3, 4]) {
      const template = thirds(seed);
      const filled = [...template.slots.keys()].filter((cell) => template.slots[cell] !== OPEN);
      await withRandomModel(engine, configOf(decoder), seed, async (model) => {
        const { frames, candidates } = await decodeAll(
          decoder,
          model,
          randomTask(`thirds ${seed}`, 1),
          {},
          { template },
        );
        const grids = [...frames.map(({ slots }) => slots), ...candidates.map(({ answer }) => answer.flat())];
        for (const cells of grids)
          for (const cell of template.locked) expect(cells[cell]).toBe(template.slots[cell]);
        for (const { committed, retracted, confidence } of frames) {
          for (const cell of template.locked) expect([...committed, ...retracted]).not.toContain(cell);
          for (const cell of template.locked) expect(confidence[cell]).toBe(1);
        }
        for (const { answer } of candidates) expect(answer.flat()).not.toContain(TOKEN.mask);
        const ends = candidates.map(({ answer }) => filled.map((cell) => answer.flat()[cell]));
        changed += ends.filter(
          (end) => String(end) !== String(filled.map((cell) => template.slots[cell])),
        ).length;
      });
    }
    // Cells that are filled and not locked are changed only by those who take back.
    if (decoder.name === "edit") expect(changed).toBeGreaterThan(0);
    else if (decoder.name !== "remask") expect(changed).toBe(0);
  });

  it("gives back a full canvas, at no cost in probability", async () => {
    const slots = open.slots.map((_, slot) => slot % 10);
    const locked = [...slots.keys()];
    await withRandomModel(engine, configOf(decoder), 5, async (model) => {
      const found = await decodeAll(
        decoder,
        model,
        randomTask("full", 1),
        {},
        {
          template: { shape, slots, locked },
        },
      );
      expect(found.candidates.map(({ answer }) => answer.flat())).toEqual([slots]);
      expect(found.candidates[0]!.logProbability).toBe(0);
    });
  });
});

describe.each(["cap", "rescale", "confidence", "loop", "reread"])("remask by %s", (strategy) => {
  it("takes back what is filled, never what is locked", async () => {
    let taken = 0;
    for (let seed = 0; seed < 6; seed++) {
      const template = thirds(seed);
      await withRandomModel(engine, both, seed, async (model) => {
        const options = { strategy, eta: 1, below: 0.5, steps: 4 };
        const { frames } = await decodeAll(remask, model, randomTask(`back ${seed}`, 1), options, {
          template,
        });
        for (const { slots: cells, retracted } of frames) {
          for (const cell of template.locked) expect(cells[cell]).toBe(template.slots[cell]);
          for (const cell of template.locked) expect(retracted).not.toContain(cell);
          taken += retracted.length;
        }
        expect(frames.at(-1)!.slots).not.toContain(OPEN);
      });
    }
    expect(taken).toBeGreaterThan(0);
  });
});

describe("what is done plainly", () => {
  it("from the same canvas gives the same rounds, by steps and by a threshold", async () => {
    let compared = 0;
    for (let seed = 0; seed < 6; seed++) {
      const template = thirds(seed);
      await withRandomModel(engine, configOf(steps), seed, async (model) => {
        const task = randomTask(`plain ${seed}`, 1);
        const prompt = infill(promptOf(model, task), template);
        const sure = (found: readonly Found[]) => {
          const ranked = found.toSorted((a, b) => b.p - a.p || a.cell - b.cell);
          return ranked.slice(0, Math.max(1, ranked.filter(({ p }) => p > 0.5).length));
        };
        for (const { decoder, options, plain } of [
          { decoder: steps, options: { steps: 3 }, plain: await plainSteps(model, prompt, 3) },
          { decoder: adaptive, options: { threshold: 0.5 }, plain: await plainSteps(model, prompt, 1, sure) },
        ]) {
          const { frames, candidates } = await decodeAll(decoder, model, task, options, { template });
          if (frames.some(({ ties }) => ties)) continue;
          compared++;
          expect(frames.map(({ committed }) => committed)).toEqual(
            plain.rounds.map((cells) => cells.toSorted((a, b) => a - b)),
          );
          expect(candidates[0]!.answer).toEqual(plain.grid);
          expect(candidates[0]!.logProbability).toBeCloseTo(plain.logProbability, 3);
        }
      });
    }
    expect(compared).toBeGreaterThan(8);
  });

  it("finds all fillings of two open cells above a floor, as tree does", async () => {
    const template: Template = { shape: [2, 2], slots: [3, OPEN, OPEN, 7], locked: [0] };
    let found = 0;
    for (let seed = 0; seed < 4; seed++) {
      await withRandomModel(engine, configOf(tree), seed, async (model) => {
        const task = randomTask(`fillings ${seed}`, 1);
        const prompt = infill(promptOf(model, task), template);
        const wanted = await fillings(model, prompt, template, 0.02);
        const options = { mode: "exact", floor: 0.02, maxPasses: 1000 };
        const { candidates } = await decodeAll(tree, model, task, options, { template });
        expect(new Map(candidates.map(({ answer }) => [String(answer.flat()), 1]))).toEqual(
          new Map([...wanted.keys()].map((cells) => [cells, 1])),
        );
        for (const { answer, logProbability } of candidates)
          expect(Math.exp(logProbability)).toBeCloseTo(wanted.get(String(answer.flat()))!, 4);
        found += candidates.length;
      });
    }
    expect(found).toBeGreaterThan(8);
  });
});

/** Fillings of two open cells and their probabilities: first the cell of the lower entropy, then the other. */
async function fillings(
  model: Model,
  { tokens, format }: Prompt<Grid>,
  { slots }: Template,
  floor: number,
): Promise<Map<string, number>> {
  const grid = format.grid!.number;
  const cells = slots.map((id) => (id === OPEN ? TOKEN.mask : id));
  const ids = (filled: readonly number[]) => [18, 18, filled[0]!, filled[1]!, 10, filled[2]!, filled[3]!, 10];
  const placed = (filled: readonly number[]) =>
    ids(filled).map((id, i) => {
      const [row, column] = i < 2 ? [0, i + 1] : [1 + Math.floor((i - 2) / 3), 1 + ((i - 2) % 3)];
      const ends = i < 2 ? { below: 0, right: 0 } : { below: 3 - row, right: 3 - column };
      return { id, place: { grid, row, column, ...ends } };
    });
  const colours = async (filled: readonly number[], cell: number) => {
    const logits = await logitsOf(model, tokens, placed(filled));
    const start = (tokens.length + 2 + Math.floor(cell / 2) * 3 + (cell % 2)) * 64;
    const powers = [...logits.subarray(start, start + 10)].map(Math.exp);
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };
  const entropy = (p: readonly number[]) => -p.reduce((sum, x) => sum + x * Math.log(x), 0);
  const [one, other] = [await colours(cells, 1), await colours(cells, 2)];
  const first = entropy(one) <= entropy(other) ? 1 : 2;
  const found = new Map<string, number>();
  for (const [a, p] of (first === 1 ? one : other).entries()) {
    const once = cells.with(first, a);
    for (const [b, q] of (await colours(once, 3 - first)).entries())
      if (p * q >= floor) found.set(String(once.with(3 - first, b)), p * q);
  }
  return found;
}

describe("decoders that write from left to right", () => {
  it("refuse a canvas before they compute anything, and say who can", async () => {
    const others = Object.values<Decoder>(decoders).filter(({ infills }) => !infills);
    expect(others.map(({ name }) => name)).toEqual(expect.arrayContaining(["greedy", "speculative"]));
    for (const decoder of others) {
      await withRandomModel(engine, configOf(decoder), 1, async (model) => {
        const decoding = decodeAll(decoder, model, randomTask("left", 1), {}, { template: open });
        const error = await decoding.catch((error: unknown) => error);
        expect(error).toMatchObject({ name: "JigsawError", code: "unsupported" });
        // The verb's own test holds that it tells all who can.
        const { hint } = error as { hint: string };
        expect(hint).toContain("jigsaw decoders");
        expect(going.map(({ name }) => name)).toContain(hint.match(/such as ([\w-]+)/)![1]);
      });
    }
  });
});

describe("a canvas to go on from", () => {
  it.each([
    ["no rows", { shape: [0, 4], slots: [] }, "has shape 0 x 4"],
    ["too many columns", { shape: [3, 31] }, "has shape 3 x 31"],
    ["the shape of a line", { shape: [12] }, "has shape 12"],
    ["a slot less", { slots: open.slots.slice(1) }, "has 11 slots, expected 12"],
    ["a token that is no colour", { slots: open.slots.with(3, 12) }, "holds 12 in slot 3"],
    ["half a colour", { slots: open.slots.with(3, 1.5) }, "holds 1.5 in slot 3"],
    ["a lock on an open slot", { locked: [2] }, "not filled"],
    ["a lock outside", { locked: [12] }, "not filled"],
  ])("with %s is refused", (_, change, message) => {
    const prompt = promptOf({ config: tinyConfig() }, randomTask("bad", 1));
    const refused = expect.objectContaining({
      code: "bad-option",
      message: expect.stringContaining(message),
    });
    expect(() => infill(prompt, { ...open, ...change })).toThrow(refused);
  });

  it("leaves the prompt as it was", () => {
    const prompt = promptOf({ config: tinyConfig() }, randomTask("good", 1));
    expect(infill(prompt, thirds(1))).toEqual({ ...prompt, template: thirds(1) });
  });
});

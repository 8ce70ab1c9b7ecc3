/** Taking cells back: bounded, as its schedules say, and with nothing to take back the same as steps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { OPEN } from "../frames.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { filledShare, type RemaskSettings, remask, remaskingProbabilities } from "./remask.ts";
import { steps } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const cases = [
  { strategy: "cap", eta: 0.5 },
  { strategy: "rescale", eta: 0.8 },
  { strategy: "confidence" },
  { strategy: "loop", eta: 1, alpha: 0.6 },
  { strategy: "reread", below: 0.5 },
  { strategy: "reread", below: 0.5, replace: true },
] as const;
const config = tinyConfig({
  layers: 1,
  initializerRange: 0.7,
  objectives: ["masked-diffusion", "wrong-cells"],
});

describe.each(cases)("remask by $strategy", (options) => {
  it("equals steps where nothing may be taken back", async () => {
    for (let seed = 0; seed < 3; seed++) {
      const task = randomTask(`budget ${seed}`, 1);
      await withRandomModel(engine, config, seed, async (model) => {
        const plain = await decodeAll(steps, model, task, { steps: 5 });
        const none = await decodeAll(remask, model, task, { ...options, steps: 5, budget: 0 });
        expect({ ...none, ledger: 0 }).toEqual({ ...plain, ledger: 0 });
        expect(none.ledger.passes).toBe(plain.ledger.passes);
      });
    }
  });

  it("says what it takes back, ends, and takes no colour from a cell twice", async () => {
    let retractions = 0;
    for (let seed = 0; seed < 8; seed++) {
      const task = randomTask(`remask ${seed}`, 1);
      await withRandomModel(engine, config, seed, async (model) => {
        const all = { ...options, steps: 8, seed };
        const found = await decodeAll(remask, model, task, all);
        expect((await decodeAll(remask, model, task, all)).frames).toEqual(found.frames);
        expectSame(found, await decodeAll(remask, model, task, { ...all, cache: "none" }));
        const pairs = new Set<string>();
        let before = found.frames[0]!.slots.map((): number => OPEN);
        for (const { slots: cells, committed, retracted } of found.frames) {
          for (const cell of retracted) {
            const pair = `${cell} ${before[cell]}`;
            expect(before[cell]).toBeLessThan(10);
            expect(pairs).not.toContain(pair);
            pairs.add(pair);
            expect(cells[cell] !== OPEN).toBe("replace" in options);
          }
          const changed = [...cells.keys()].filter((cell) => cells[cell] !== before[cell]);
          expect([...new Set([...committed, ...retracted])].sort((a, b) => a - b)).toEqual(changed);
          before = [...cells];
        }
        retractions += pairs.size;
        expect(before).toEqual(found.candidates[0]!.answer.flat());
        expect(pairs.size).toBeLessThanOrEqual(before.length);
        expect(found.frames.length).toBeLessThanOrEqual(16);
        expect(found.candidates[0]!.logProbability).toBeLessThan(0);
        const few = await decodeAll(remask, model, task, { ...all, budget: 1 });
        expect(few.frames.flatMap(({ retracted }) => retracted).length).toBeLessThanOrEqual(1);
      });
    }
    expect(retractions).toBeGreaterThan(0);
  });
});

describe("ReMDM's schedules", () => {
  const settings = (more: Partial<RemaskSettings>) =>
    ({ eta: 0.25, tOn: 0.5, tOff: 0.25, alpha: 0.8, ...more }) as RemaskSettings;
  // From t = 0.4 to 0.2 the filled share goes from 0.6 to 0.8: at most (1 - 0.8) / 0.6 can be taken back.
  it.each([
    ["cap", 0.4, 0.2, 0.25],
    ["cap", 0.2, 0.1, 0.125],
    ["rescale", 0.4, 0.2, 0.25 / 3],
    ["cap", 0.1, 0, 0],
    ["rescale", 1, 0.9, 0.25],
    ["loop", 0.4, 0.3, 0.0625],
    ["loop", 0.9, 0.8, 0],
    ["loop", 0.2, 0.1, 0],
  ] as const)("%s from %d to %d: %d", (strategy, t, s, expected) => {
    const found = remaskingProbabilities(t, s, [0.9, 0.3], settings({ strategy }));
    for (const p of found) expect(p).toBeCloseTo(expected, 12);
  });

  it("confidence takes back the less sure with more probability, in all as much as can be", () => {
    const [sure, unsure] = remaskingProbabilities(0.4, 0.2, [1, 0], settings({ strategy: "confidence" }));
    expect(sure! + unsure!).toBeCloseTo(1 / 3, 12);
    expect(unsure! / sure!).toBeCloseTo(Math.E, 12);
  });

  it("loop fills up to its share, stays there, and fills the rest", () => {
    const share = (t: number) => filledShare(t, settings({ strategy: "loop" }));
    expect([1, 0.75, 0.5, 0.25, 0.125, 0].map(share)).toEqual([0, 0.4, 0.8, 0.8, 0.9, 1]);
  });
});

describe("remask", () => {
  it("refuses to re-read with a checkpoint that never saw a wrong cell, and a loop without time", async () => {
    await withRandomModel(engine, tinyConfig({ layers: 1 }), 1, async (model) => {
      const task = randomTask("refused");
      await expect(decodeAll(remask, model, task, { strategy: "reread" })).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining("wrong-cells"),
      });
      const loop = { strategy: "loop", tOn: 0.2, tOff: 0.3 };
      await expect(decodeAll(remask, model, task, loop)).rejects.toMatchObject({ code: "bad-option" });
    });
  });
});

/** From a draft: what is changed, when it ends, and what a draft may be. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { type Frame, sameShape } from "../frames.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { edit } from "./edit.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());
const config = tinyConfig({ layers: 1, objectives: ["wrong-cells"] });
const draft = [
  [1, 2, 3],
  [4, 5, 6],
];

describe("edit", () => {
  it("begins with the draft, shows what it changes, and never goes back to a colour", async () => {
    let changes = 0;
    for (let seed = 0; seed < 6; seed++) {
      const task = randomTask(`edit ${seed}`, 1);
      await withRandomModel(engine, config, seed, async (model) => {
        const options = { draft, rounds: 5, share: seed % 2 ? 1 : 0.4 };
        const found = await decodeAll(edit, model, task, options);
        expectSame(found, await decodeAll(edit, model, task, { ...options, cache: "none" }));
        const [first, ...rest] = found.frames;
        expect(first!.slots).toEqual(draft.flat());
        expect(rest.length).toBeLessThanOrEqual(5);
        const seen = first!.slots.map((id) => new Set([id]));
        let before = first!.slots;
        for (const [i, { slots: cells, committed, retracted }] of rest.entries()) {
          const changed = [...cells.keys()].filter((cell) => cells[cell] !== before[cell]);
          expect([committed, retracted]).toEqual([changed, changed]);
          expect(changed.length).toBeLessThanOrEqual(seed % 2 ? 6 : 3);
          if (changed.length === 0) expect(i).toBe(rest.length - 1);
          for (const cell of changed) {
            expect(seen[cell]).not.toContain(cells[cell]);
            seen[cell]!.add(cells[cell]!);
          }
          changes += changed.length;
          before = cells;
        }
        expect(found.candidates[0]!.answer.flat()).toEqual(before);
        expect(Number.isFinite(found.candidates[0]!.logProbability)).toBe(true);
      });
    }
    expect(changes).toBeGreaterThan(0);
  });

  it("changes each cell to its likeliest colour, all at once, unless the margin forbids it", async () => {
    await withRandomModel(engine, config, 3, async (model) => {
      const task = randomTask("margin", 1);
      const loose = await decodeAll(edit, model, task, { draft, rounds: 1 });
      const strict = await decodeAll(edit, model, task, { draft, rounds: 1, margin: 1 });
      expect(loose.frames.at(-1)!.committed.length).toBeGreaterThan(0);
      expect(strict.candidates[0]!.answer).toEqual(draft);
    });
  });

  it("begins with the test input where the sizes agree, and else with background", async () => {
    const drafts = { input: 0, background: 0 };
    for (let seed = 0; seed < 8; seed++) {
      const task = randomTask(`draft ${seed}`, 1, 2);
      const { grid } = promptOf({ config }, task).format;
      expect(grid!.input).toEqual(task.test[0]!.input);
      await withRandomModel(
        engine,
        config,
        seed,
        async (model) => {
          const [{ shape, slots }] = (await decodeAll(edit, model, task)).frames as [Frame];
          const { input } = task.test[0]!;
          const same = sameShape({ shape }, { shape: [input.length, input[0]!.length] });
          drafts[same ? "input" : "background"]++;
          const background = new Array(slots.length).fill(grid!.background);
          expect(slots).toEqual(same ? input.flat() : background);
          const plain = await decodeAll(edit, model, task, { from: "background" });
          expect(plain.frames[0]!.slots).toEqual(background);
        },
        2,
      );
    }
    expect(Math.min(drafts.input, drafts.background)).toBeGreaterThan(0);
  });

  it("refuses a draft that is no grid", async () => {
    await withRandomModel(engine, config, 1, async (model) => {
      for (const draft of [[], [[]], [[1, 2], [3]], [[10]]])
        await expect(decodeAll(edit, model, randomTask("bad"), { draft })).rejects.toMatchObject({
          name: "JigsawError",
          code: "bad-option",
        });
    });
  });
});

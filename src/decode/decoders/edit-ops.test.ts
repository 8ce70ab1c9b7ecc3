/** Operations on a draft: what the grammar allows, the likeliest first, cached or not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLOURS, type Grid } from "../../arc/grid.ts";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import type { Model } from "../../model/model.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { editing } from "../../sequence/edit-grammar.ts";
import { followScript } from "../../sequence/edit-script.ts";
import { gridPositions, sideOf, sizeToken } from "../../sequence/tokens.ts";
import { logitsOf } from "../plain.test-helper.ts";
import type { Prompt } from "../prompt.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { editOps } from "./edit-ops.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const config = tinyConfig({
  pattern: "causal",
  objectives: ["autoregressive", "edit-operations"],
  layers: 1,
});

/** The likeliest allowed id in every place, with the whole sequence in every pass. */
async function plainScript(model: Model, { tokens, format }: Prompt<Grid>, input: Grid) {
  const grid = format.grid!.number;
  const written = [...tokens];
  let [logProbability, passes] = [0, 0];
  const next = async (ids: readonly number[]) => {
    if (ids.length === 1) return ids[0]!;
    const logits = (await logitsOf(model, written, [])).slice(-64);
    passes++;
    const total = ids.reduce((sum, id) => sum + Math.exp(logits[id]!), 0);
    const id = ids.reduce((top, other) => (logits[other]! > logits[top]! ? other : top));
    logProbability += Math.log(Math.exp(logits[id]!) / total);
    return id;
  };
  const sizes = Array.from({ length: 30 }, (_, i) => sizeToken(i + 1));
  for (const place of gridPositions(1, 1, grid).slice(0, 2)) written.push({ id: await next(sizes), place });
  const [rows, columns] = written.slice(-2).map(({ id }) => sideOf(id)) as [number, number];
  const script: number[] = [];
  const steps = editing(input, rows, columns, grid);
  for (let step = steps.next(); !step.done; ) {
    const id = await next(step.value.ids);
    script.push(id);
    written.push({ id, place: step.value.placeOf(id) });
    step = steps.next(id);
  }
  return { answer: followScript(input, rows, columns, grid, script).grid, logProbability, passes };
}

describe("edit-ops", () => {
  it("shows the same frames with a cache as without, and the answer of the algorithm done plainly", async () => {
    let compared = 0;
    for (let seed = 0; seed < 6; seed++) {
      const task = randomTask(`edit-ops ${seed}`, 1);
      await withRandomModel(engine, config, seed, async (model) => {
        const cached = await decodeAll(editOps, model, task, { cache: "prompt" });
        const uncached = await decodeAll(editOps, model, task, { cache: "none" });
        const same = expectSame(cached, uncached);
        if (!same || cached.frames.some(({ ties }) => ties)) return;
        compared++;
        const plain = await plainScript(model, promptOf(model, task), task.test[0]!.input);
        expect(cached.candidates[0]!.answer).toEqual(plain.answer);
        expect(cached.candidates[0]!.logProbability).toBeCloseTo(plain.logProbability, 3);
        // The prompt's own pass gives the height.
        expect(cached.ledger.passes).toBe(plain.passes);
      });
    }
    expect(compared).toBeGreaterThan(2);
  });

  it("commits every cell once, in the order of reading", async () => {
    const task = randomTask("edit-ops order", 2);
    await withRandomModel(engine, config, 9, async (model) => {
      const { frames, candidates } = await decodeAll(editOps, model, task);
      const order = frames.flatMap(({ committed }) => committed);
      expect(order).toEqual(frames[0]!.slots.map((_, cell) => cell));
      expect(frames.every(({ retracted }) => retracted.length === 0)).toBe(true);
      const { answer, runnerUp } = candidates[0]!;
      expect(frames.at(-1)!.slots).toEqual(answer.flat());
      const others = answer.flat().filter((colour, cell) => colour !== runnerUp.flat()[cell]);
      expect(others.length).toBeLessThanOrEqual(1);
      expect(answer.flat().every((colour) => colour < COLOURS)).toBe(true);
    });
  });
});

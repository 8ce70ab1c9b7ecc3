/** Demonstrations encoded once: the same numbers, nothing computed twice, nothing left behind. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { POSITIONS } from "../model/config.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { fragmentsOf, TOKEN } from "../sequence/tokens.ts";
import { steps } from "./decoders/steps.ts";
import { bytesPerToken, openPromptCache } from "./prompt-cache.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { openSession } from "./session.ts";
import { decodeAll, decodePrompt, expectSame, smallSizes, watchSegments } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const task = randomTask("fragments", 4);
const open = (options: object = {}, budget?: number) => {
  const { engine: counting, counts } = countingEngine(engine);
  const config = tinyConfig({ pattern: "fragments", ...options });
  const { model, live } = watchSegments(openModel(counting, config, initialWeights(config, 5)));
  return { counts, model, live, prompts: openPromptCache(model, budget) };
};
type Opened = ReturnType<typeof open>;

/** Logits of a masked cell after the prompt of a task, and what reading the prompt cost. */
async function read({ model, prompts }: Opened, of: Task, signal?: AbortSignal) {
  const prompt = promptOf(model, of);
  const ledger = newLedger();
  await using session = openSession(model, prompt, { prompts, ledger, signal });
  const [opening] = await session.predict([{ tokens: [], predict: [0] }], "causal");
  const { positions, passes } = ledger;
  const mask = { ...prompt.tokens.at(-1)!, id: TOKEN.mask };
  const [logits] = await session.predict([{ tokens: [mask], predict: [0] }]);
  return { logits: logits!, opening: opening!, positions, passes, prompts: ledger.prompts };
}

/** The same in one pass over the whole, without a cache. */
async function readWhole({ model }: Opened, of: Task) {
  const prompt = promptOf(model, of);
  const ledger = newLedger();
  await using session = openSession(model, prompt, { cache: "none", ledger });
  const [opening] = await session.predict([{ tokens: [], predict: [0] }], "causal");
  const { positions, passes } = ledger;
  const mask = { ...prompt.tokens.at(-1)!, id: TOKEN.mask };
  const [logits] = await session.predict([{ tokens: [mask], predict: [0] }]);
  return { logits: logits!, opening: opening!, positions, passes };
}

async function close({ model, prompts, counts }: Opened): Promise<void> {
  await prompts[Symbol.asyncDispose]();
  await model.close();
  expect([counts.kept.size, counts.programs]).toEqual([0, 0]);
}

const expectNear = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4);
};

const testTokens = (of: Task): number => {
  const numbers = fragmentsOf(promptOf({ config: tinyConfig({ pattern: "fragments" }) }, of).tokens);
  return numbers.filter((number) => number === Math.max(...numbers)).length;
};

describe.each(POSITIONS)("with %s positions", (positions) => {
  it.each([false, true])("gives what one pass over the prompt gives (shift %s)", async (shift) => {
    const opened = open({ positions, shift });
    const [kept, whole] = [await read(opened, task), await readWhole(opened, task)];
    expectNear(kept.logits, whole.logits);
    expect(kept.positions).toBe(whole.positions);
    expectNear(kept.opening, whole.opening);
    expect([kept.prompts, whole.passes]).toEqual([1, 1]);
    await close(opened);
  });

  it("computes nothing anew but the test input, whatever the order, and where some are left out", async () => {
    const opened = open({ positions });
    const first = await read(opened, task);
    for (const train of [task.train.toReversed(), task.train.slice(1), task.train.slice(0, 2)]) {
      const again = await read(opened, { ...task, train });
      expect(again.positions).toBe(testTokens(task));
      expect(again.passes).toBe(1);
      expectNear(again.logits, (await readWhole(opened, { ...task, train })).logits);
      if (train.length === task.train.length) expect(again.logits).toEqual(first.logits);
    }
    const other = { ...task, test: randomTask("another test", 1).test };
    expect((await read(opened, other)).positions).toBe(testTokens(other));
    await close(opened);
  });
});

describe("kept fragments", () => {
  it("give a decoder the frames that it shows without them", async () => {
    const opened = open();
    const model = smallSizes(opened.model, 4);
    const wanted = await decodeAll(steps, model, task, { cache: "none" });
    for (let time = 0; time < 2; time++) {
      const prompt = promptOf(model, task);
      await using session = openSession(model, prompt, { prompts: opened.prompts });
      expect(expectSame(await decodePrompt(steps, session, prompt, { steps: 10 }), wanted)).toBe(true);
    }
    await close(opened);
  });

  it("are bounded by the budget, and freed with the cache", async () => {
    const perToken = bytesPerToken(tinyConfig({ layers: 1 }));
    const budget = 250 * perToken;
    const opened = open({ layers: 1 }, budget);
    for (let seed = 0; seed < 4; seed++) {
      await read(opened, randomTask(`bounded ${seed}`, 3));
      // What is held is never freed, but nothing is held any more.
      const kept = [...opened.live].reduce((sum, { length }) => sum + length, 0);
      expect(kept * perToken).toBeLessThanOrEqual(budget);
    }
    expect(opened.live.size).toBeGreaterThan(0);
    await close(opened);
  });

  it("leave nothing but themselves behind where a pass fails or is aborted", async () => {
    // Begin; four demonstrations, each encoded and joined; the test input likewise.
    const runs = 1 + 2 * 4 + 2;
    for (let last = 1; last <= runs; last++) {
      const opened = open({ layers: 1 });
      opened.counts.onRun = (run) => {
        if (run === last) throw new Error("out of memory");
      };
      await expect(read(opened, task)).rejects.toThrow("out of memory");
      opened.counts.onRun = undefined;
      // What was encoded before is not encoded again, and what failed is no failure for ever.
      expect((await read(opened, task)).prompts).toBe(1);
      await close(opened);
    }
  });

  it("are not encoded any further once it is aborted", async () => {
    for (let last = 1; last <= 9; last++) {
      const opened = open({ layers: 1 });
      const stop = new AbortController();
      opened.counts.onRun = (run) => run === last && stop.abort(new Error("enough"));
      await expect(read(opened, task, stop.signal)).rejects.toThrow("enough");
      // A join is no pass: one may still follow.
      expect(opened.counts.runs).toBeLessThanOrEqual(last + 1);
      await close(opened);
    }
    const opened = open();
    await expect(read(opened, task, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(opened.counts.runs).toBe(0);
    await close(opened);
  });
});

/** Demonstrations encoded once: the same numbers, nothing computed twice, nothing left behind. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { POSITIONS } from "../model/config.ts";
import { initialWeights } from "../model/initialise.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { fragmentsOf, TOKEN } from "../sequence/tokens.ts";
import { openContext } from "./context.ts";
import { promptOf } from "./decoder.ts";
import { steps } from "./decoders/steps.ts";
import { keepFragments } from "./fragments.ts";
import { decodeAll, expectSame, smallSizes } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const task = randomTask("fragments", 4);
const tokensOf = (of: Task) => promptOf(of, 0, "model", "fragments").tokens;
const open = (options: object = {}, most?: number) => {
  const { engine: counting, counts } = countingEngine(engine);
  const config = tinyConfig({ pattern: "fragments", ...options });
  const plain = openModel(counting, config, initialWeights(config, 5));
  return { counts, plain, model: keepFragments(plain, most) };
};
type Opened = ReturnType<typeof open>["model"];

/** Logits of a masked cell after the prompt of a task, and what reading the prompt cost. */
async function read(model: Opened, of: Task) {
  const tokens = tokensOf(of);
  const ledger = newLedger();
  const context = await openContext(model, tokens, "prompt", ledger);
  const { positions, passes } = ledger;
  const logits = await context.look([{ ...tokens.at(-1)!, id: TOKEN.mask }]);
  await context.close();
  return { logits, opening: context.opening, positions, passes };
}

const expectNear = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4);
};

const testTokens = (of: Task): number => {
  const numbers = fragmentsOf(tokensOf(of));
  return numbers.filter((number) => number === Math.max(...numbers)).length;
};

describe.each(POSITIONS)("with %s positions", (positions) => {
  it.each([false, true])("gives what one pass over the prompt gives (shift %s)", async (shift) => {
    const { model, plain } = open({ positions, shift });
    const [kept, whole] = [await read(model, task), await read(plain, task)];
    expectNear(kept.logits, whole.logits);
    expect(kept.positions).toBe(whole.positions);
    if (shift) expectNear(kept.opening!, whole.opening!);
    expect(whole.passes).toBe(1);
    await model.close();
  });

  it("computes nothing anew but the test input, whatever the order, and where some are left out", async () => {
    const { model, plain } = open({ positions });
    const first = await read(model, task);
    for (const train of [task.train.toReversed(), task.train.slice(1), task.train.slice(0, 2)]) {
      const again = await read(model, { ...task, train });
      expect(again.positions).toBe(testTokens(task));
      expect(again.passes).toBe(1);
      expectNear(again.logits, (await read(plain, { ...task, train })).logits);
      if (train.length === task.train.length) expect(again.logits).toEqual(first.logits);
    }
    const other = { ...task, test: randomTask("another test", 1).test };
    expect((await read(model, other)).positions).toBe(testTokens(other));
    await model.close();
  });
});

describe("kept fragments", () => {
  it("give a decoder the frames that it shows without them", async () => {
    const { model, plain } = open();
    const wanted = await decodeAll(steps, smallSizes(plain, 4), task);
    for (let time = 0; time < 2; time++)
      expectSame(await decodeAll(steps, smallSizes(model, 4), task), wanted);
    await model.close();
  });

  it("are bounded, and freed when the model closes", async () => {
    const { counts, model } = open({ layers: 1 }, 3);
    for (let seed = 0; seed < 3; seed++) await read(model, randomTask(`bounded ${seed}`, 3));
    // Keys and values of three, and of the last prompt's begin token and demonstrations: too many go with the next prompt.
    expect(counts.kept.size).toBe((3 + 4) * 2);
    await model.close();
    expect([counts.kept.size, counts.programs]).toEqual([0, 0]);
  });

  it("leave nothing but themselves behind where a pass fails or is aborted", async () => {
    // Begin; four demonstrations, each encoded and joined; the test input likewise.
    const runs = 1 + 2 * 4 + 2;
    for (let last = 1; last <= runs; last++) {
      const { counts, model } = open({ layers: 1 });
      let run = 0;
      counts.onRun = () => {
        if (++run === last) throw new Error("out of memory");
      };
      await expect(read(model, task)).rejects.toThrow("out of memory");
      await model.close();
      expect([counts.kept.size, counts.programs]).toEqual([0, 0]);
    }
    const { model } = open();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(openContext(model, tokensOf(task), "prompt", newLedger(), signal)).rejects.toThrow("enough");
    await model.close();
  });
});

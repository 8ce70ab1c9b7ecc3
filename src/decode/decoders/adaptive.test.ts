/** As many cells a round as are sure: the plain rules' answers, one cell a round where nothing can be sure enough. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { type Found, plainSteps } from "../plain.test-helper.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { newTies } from "../ties.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { adaptive, sureCount } from "./adaptive.ts";
import { steps } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const entropyOf = ({ colours }: Found) =>
  [...colours.values()].reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
const byP = (found: readonly Found[]) => found.toSorted((a, b) => b.p - a.p || a.cell - b.cell);
const atLeastOne = (chosen: readonly Found[], all: readonly Found[]) =>
  chosen.length ? chosen : all.slice(0, 1);

const cases = [
  {
    options: { rule: "threshold", threshold: 0.5 },
    choose: (found: readonly Found[]) =>
      atLeastOne(
        byP(found).filter(({ p }) => p > 0.5),
        byP(found),
      ),
  },
  {
    options: { rule: "factor", factor: 1.5 },
    choose(found: readonly Found[]) {
      const sorted = byP(found);
      let most = 1;
      for (let n = 1; n <= sorted.length; n++) if ((n + 1) * (1 - sorted[n - 1]!.p) < 1.5) most = n;
      return sorted.slice(0, most);
    },
  },
  {
    options: { rule: "entropy", budget: 1.5 },
    choose(found: readonly Found[]) {
      const sorted = found.toSorted((a, b) => entropyOf(a) - entropyOf(b) || a.cell - b.cell);
      let most = 1;
      for (let n = 2; n <= sorted.length; n++) {
        const all = sorted.slice(0, n).map(entropyOf);
        if (all.reduce((a, b) => a + b) - Math.max(...all) <= 1.5) most = n;
      }
      return sorted.slice(0, most);
    },
  },
] as const;

describe.each(cases)("adaptive by $options.rule", ({ options, choose }) => {
  it("commits what the rule, done plainly, finds sure; cached or not", async () => {
    let [compared, parallel] = [0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const task = randomTask(`adaptive ${seed}`, 1);
      await withRandomModel(engine, tinyConfig({ layers: 1 }), seed + 50, async (model) => {
        const found = await decodeAll(adaptive, model, task, options);
        expectSame(found, await decodeAll(adaptive, model, task, { ...options, cache: "none" }));
        if (found.frames.some(({ ties }) => ties)) return;
        compared++;
        const plain = await plainSteps(model, promptOf(model, task), 1, choose);
        const rounds = plain.rounds.map((cells) => cells.toSorted((a, b) => a - b));
        expect(found.frames.map(({ committed }) => committed)).toEqual(rounds);
        expect(found.candidates[0]!.answer).toEqual(plain.grid);
        expect(found.candidates[0]!.logProbability).toBeCloseTo(plain.logProbability, 3);
        parallel += rounds.filter(({ length }) => length > 1).length;
      });
    }
    expect(compared).toBeGreaterThan(1);
    expect(parallel).toBeGreaterThan(0);
  });
});

describe("adaptive", () => {
  it("commits one cell a round at threshold 1, as steps does in as many rounds as cells", async () => {
    for (let seed = 0; seed < 4; seed++) {
      const task = randomTask(`one ${seed}`, 1);
      await withRandomModel(engine, tinyConfig({ layers: 1 }), seed, async (model) => {
        const one = await decodeAll(adaptive, model, task, { threshold: 1 });
        const other = await decodeAll(steps, model, task, { steps: 1000 });
        expect(one.frames.map(({ committed }) => committed.length)).toEqual(
          one.frames[0]!.slots.map(() => 1),
        );
        expect(one.frames.map(({ slots }) => slots)).toEqual(other.frames.map(({ slots }) => slots));
        expect(one.candidates).toEqual(other.candidates);
      });
    }
  });

  it("takes cells up to the last one within its bound, at least one", () => {
    const counted = (slack: readonly number[]) => {
      const ties = newTies();
      return { count: sureCount(slack, ties), ties: ties.take() };
    };
    expect(counted([0.5, 0.2, -0.1, 0.1, -0.3])).toEqual({ count: 4, ties: 0 });
    expect(counted([-0.5, -0.6])).toEqual({ count: 1, ties: 0 });
    expect(counted([0.5, 0.00001])).toEqual({ count: 2, ties: 1 });
  });

  it("refuses a threshold that is no probability, and a rule that there is not", async () => {
    await withRandomModel(engine, tinyConfig({ layers: 1 }), 1, async (model) => {
      const bad = { name: "JigsawError", code: "bad-option" };
      for (const options of [{ threshold: 1.1 }, { rule: "luck" }, { factor: 0 }, { budget: -1 }])
        await expect(decodeAll(adaptive, model, randomTask("bad"), options)).rejects.toMatchObject(bad);
    });
  });
});

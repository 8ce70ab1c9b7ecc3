/** Sampling, beam search and depth-first search against all completions of small canvases, one by one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Grid } from "../arc/grid.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import type { Model } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { allCompletions, type Completion, fewColours } from "./brute-force.test-helper.ts";
import type { Candidate } from "./canvas.ts";
import { beam } from "./decoders/beam.ts";
import { dfs } from "./decoders/dfs.ts";
import { greedy } from "./decoders/greedy.ts";
import { nucleus, sample } from "./decoders/sample.ts";
import type { DecodeOptions } from "./define.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { TIE_MARGIN } from "./ties.ts";
import { decodeAll, decodePrompt, withRandomModel } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const SIDE = 2;
const COLOURS = 2;
const cases = [0, 1, 2].flatMap((seed) =>
  (["grid", "sequence"] as const).map((positions) => ({ seed, positions })),
);
const taskOf = (seed: number) => randomTask(`search ${seed}`, 1);

const withSmall = <T>(
  { seed, positions }: (typeof cases)[number],
  work: (model: Model, task: ReturnType<typeof taskOf>) => Promise<T>,
): Promise<T> =>
  withRandomModel(
    engine,
    tinyConfig({
      objectives: ["autoregressive"],
      pattern: "causal",
      layers: 2,
      initializerRange: 0.25,
      positions,
    }),
    seed,
    (model) => work(fewColours(model, COLOURS), taskOf(seed)),
    SIDE,
  );

const textOf = (grid: Completion["grid"]): string => grid.map((row) => row.join("")).join("/");

/** Asserts that candidates are exactly these completions, in their order up to near ties, each once. */
function expectExactly(candidates: readonly Candidate<Grid>[], wanted: readonly Completion[]): void {
  const texts = candidates.map(({ answer }) => textOf(answer));
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.toSorted()).toEqual(wanted.map(({ grid }) => textOf(grid)).toSorted());
  for (const [i, { logProbability }] of candidates.entries())
    expect(logProbability).toBeCloseTo(wanted[i]!.logProbability, 3);
}

describe.each(cases)("weights $seed, positions $positions", (of) => {
  it("dfs returns exactly the completions above the floor, whatever the order, batch, cache and guess", async () => {
    await withSmall(of, async (model, task) => {
      const all = await allCompletions(model, task, SIDE, COLOURS);
      expect(all.reduce((sum, { logProbability }) => sum + Math.exp(logProbability), 0)).toBeCloseTo(1, 4);
      for (const floor of [0.002, 0.02, 0.1]) {
        const near = all.some(({ logProbability }) => Math.abs(logProbability - Math.log(floor)) < 1e-3);
        const above = all.filter(({ logProbability }) => logProbability > Math.log(floor));
        if (near || above.length === 0) continue;
        const ways: DecodeOptions[] = [
          {},
          { order: "id" },
          { batch: 3 },
          { batch: 50, order: "id" },
          { cache: "none", batch: 2 },
          { guess: "input" },
          { guess: "input", batch: 4, cache: "none" },
        ];
        for (const way of ways) {
          const { candidates } = await decodeAll(dfs, model, task, { floor, ...way });
          expectExactly(candidates, above);
        }
      }
    });
  });

  it("a wide beam finds all completions, the best first; one of 1 is greedy", async () => {
    await withSmall(of, async (model, task) => {
      const all = await allCompletions(model, task, SIDE, COLOURS);
      for (const cache of ["prompt", "none"]) {
        const { candidates } = await decodeAll(beam, model, task, { width: all.length, cache });
        expectExactly(candidates, all);
      }
      const one = await decodeAll(beam, model, task, { width: 1 });
      const typed = await decodeAll(greedy, model, task);
      expect(one.candidates[0]!.answer).toEqual(typed.candidates[0]!.answer);
      expect(one.candidates[0]!.logProbability).toBeCloseTo(typed.candidates[0]!.logProbability, 4);
    });
  });

  it("samples do not depend on batch and cache, and are those of a seed", async () => {
    await withSmall(of, async (model, task) => {
      const decode = async (options: DecodeOptions) =>
        (await decodeAll(sample, model, task, { count: 6, ...options })).candidates;
      const plain = await decode({ seed: 3 });
      for (const way of [{ batch: 1 }, { batch: 2 }, { cache: "none" }]) {
        const other = await decode({ seed: 3, ...way });
        expect(other.map(({ answer }) => answer)).toEqual(plain.map(({ answer }) => answer));
      }
      const others = await Promise.all([4, 5, 6].map((seed) => decode({ seed })));
      expect(
        new Set([plain, ...others].map((each) => JSON.stringify(each.map(({ answer }) => answer)))).size,
      ).toBeGreaterThan(1);
    });
  });
});

describe("dfs", () => {
  it("gives the greedy answer where nothing is above the floor", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const { candidates } = await decodeAll(dfs, model, task, { floor: 0.999 });
      const typed = await decodeAll(greedy, model, task);
      expect(candidates.map(({ answer }) => answer)).toEqual([typed.candidates[0]!.answer]);
    });
  });

  it("ends after so many passes with what it has", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const whole = await decodeAll(dfs, model, task, { floor: 0.002 });
      const cut = await decodeAll(dfs, model, task, { floor: 0.002, maxPasses: 12 });
      expect(cut.ledger.passes).toBe(12);
      expect(cut.candidates.length).toBeGreaterThan(0);
      expect(cut.candidates.length).toBeLessThan(whole.candidates.length);
    });
  });

  it("counts its passes from its own start, whatever else was booked in the ledger", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const ledger = newLedger();
      const decode = () =>
        dfs.decode(model, promptOf(model, task), { floor: 0.002, maxPasses: 12 }, { ledger });
      const first = await decode().candidates;
      expect(ledger.passes).toBe(12);
      expect(await decode().candidates).toEqual(first);
      expect(ledger.passes).toBe(24);
    });
  });

  it("refuses a floor of 0, and says what to do", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const refused = {
        code: "bad-option",
        message: expect.stringContaining("floor 0: must be more than 0"),
      };
      await expect(decodeAll(dfs, model, task, { floor: 0 })).rejects.toMatchObject(refused);
      await expect(decodeAll(dfs, model, task, { floor: 1 })).rejects.toMatchObject({ code: "bad-option" });
    });
  });

  it("reads a guess in one pass", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const input = task.test[0]!.input.map((row) => row.map((colour) => colour % COLOURS));
      const size = { rows: input.length, columns: input[0]!.length };
      const prompt = promptOf(model, { ...task, test: [{ input }] }, 0, size);
      const passesOf = async (guess: string) => {
        const { candidates, ledger } = await decodePrompt(dfs, model, prompt, { floor: 1e-9, guess });
        return { passes: ledger.passes, found: candidates.length };
      };
      const [plain, guessed] = [await passesOf("none"), await passesOf("input")];
      expect(guessed.found).toBe(plain.found);
      expect(guessed.passes).toBeLessThan(plain.passes);
    });
  });
});

describe("sample", () => {
  it("draws completions as often as they are likely", async () => {
    await withSmall(cases[0]!, async (model, task) => {
      const all = await allCompletions(model, task, SIDE, COLOURS);
      const draws = 300;
      const counts = new Map<string, number>();
      for (let seed = 0; seed < draws; seed++) {
        const { candidates } = await decodeAll(sample, model, task, { count: 1, seed });
        const text = textOf(candidates[0]!.answer);
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      for (const { grid, logProbability } of all.slice(0, 5)) {
        const p = Math.exp(logProbability);
        const deviation = Math.sqrt((p * (1 - p)) / draws);
        expect(Math.abs((counts.get(textOf(grid)) ?? 0) / draws - p)).toBeLessThan(4 * deviation);
      }
    });
  });

  it("is greedy at a low temperature or in a narrow nucleus", async () => {
    await withSmall(cases[1]!, async (model, task) => {
      const typed = await decodeAll(greedy, model, task);
      if (typed.frames.some(({ ties }) => ties))
        return expect.unreachable("weights whose choices are not close");
      for (const options of [{ temperature: 0.001 }, { topP: 1e-6 }]) {
        const { candidates } = await decodeAll(sample, model, task, options);
        expect(candidates.map(({ answer }) => answer)).toEqual([typed.candidates[0]!.answer]);
      }
      await expect(decodeAll(sample, model, task, { temperature: 0 })).rejects.toMatchObject({
        code: "bad-option",
        message: expect.stringContaining("temperature 0: must be more than 0"),
      });
    });
  });

  it("cuts and sharpens a distribution as its options say", () => {
    const distribution = { first: 3, probabilities: Float64Array.of(0.1, 0.6, 0.3) };
    const shown = (temperature: number, topP: number) =>
      nucleus(distribution, temperature, topP).map(({ id, probability }) => [
        id,
        Number(probability.toFixed(6)),
      ]);
    expect(shown(1, 1)).toEqual([
      [4, 0.6],
      [5, 0.3],
      [3, 0.1],
    ]);
    expect(shown(1, 0.6 - TIE_MARGIN)).toEqual([[4, 1]]);
    expect(shown(1, 0.7)).toEqual([
      [4, 0.666667],
      [5, 0.333333],
    ]);
    expect(shown(0.5, 1)).toEqual([
      [4, 0.782609],
      [5, 0.195652],
      [3, 0.021739],
    ]);
  });
});

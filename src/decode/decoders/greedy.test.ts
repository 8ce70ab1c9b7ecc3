/** The typewriter: token by token the likeliest, cached or not, in the passes promised. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { POSITIONS } from "../../model/config.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { drawnShape, OPEN } from "../frames.ts";
import { plainGreedy } from "../plain.test-helper.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { greedy } from "./greedy.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const causal = { pattern: "causal", objectives: ["autoregressive"] } as const;

describe.each(POSITIONS)("greedy with %s positions", (positions) => {
  it("shows the same frames with a cache as without, unless there was a tie", async () => {
    let compared = 0;
    const runs = 7;
    for (let seed = 0; seed < runs; seed++) {
      const config = tinyConfig({ ...causal, positions, initializerRange: 0.3 + 0.02 * seed });
      const task = randomTask(`greedy ${seed}`, 1 + (seed % 3));
      await withRandomModel(engine, config, seed, async (model) => {
        const cached = await decodeAll(greedy, model, task, { cache: "prompt" });
        const plain = await decodeAll(greedy, model, task, { cache: "none" });
        compared += Number(expectSame(cached, plain));
      });
    }
    expect(compared).toBeGreaterThan(runs / 2);
  });

  it("gives the answer of the algorithm done plainly", async () => {
    let compared = 0;
    for (let seed = 0; seed < 5; seed++) {
      const task = randomTask(`plain greedy ${seed}`, 1);
      await withRandomModel(
        engine,
        tinyConfig({ ...causal, positions, layers: 1 }),
        seed + 50,
        async (model) => {
          const { frames, candidates } = await decodeAll(greedy, model, task);
          if (frames.some(({ ties }) => ties)) return;
          compared++;
          const plain = await plainGreedy(model, promptOf(model, task));
          expect(candidates[0]!.answer).toEqual(plain.grid);
          expect(candidates[0]!.logProbability).toBeCloseTo(plain.logProbability, 3);
        },
      );
    }
    expect(compared).toBeGreaterThan(2);
  });
});

describe("greedy", () => {
  const task = randomTask("written", 2);
  const decode = (cache: "none" | "prompt", seed = 3) =>
    withRandomModel(engine, tinyConfig({ ...causal, layers: 1 }), seed, (model) =>
      decodeAll(greedy, model, task, { cache }),
    );

  it("writes cell after cell, in the order of reading, and changes none", async () => {
    const { frames, candidates } = await decode("prompt");
    expect(frames.map(({ committed }) => committed)).toEqual(frames[0]!.slots.map((_, cell) => [cell]));
    for (const [i, { slots, confidence, retracted }] of frames.entries()) {
      expect(retracted).toEqual([]);
      const before = frames[i - 1];
      expect(slots.slice(0, i)).toEqual(before?.slots.slice(0, i) ?? []);
      expect(confidence.slice(0, i)).toEqual(before?.confidence.slice(0, i) ?? []);
      expect(slots.slice(i + 1).every((id) => id === OPEN)).toBe(true);
      expect(confidence[i]).toBeGreaterThanOrEqual(0.1);
    }
    expect(frames.at(-1)!.slots).toEqual(candidates[0]!.answer.flat());
  });

  it("has a runner-up that differs in the cell that was decided by the least", async () => {
    const { candidates } = await decode("prompt");
    const { answer, runnerUp } = candidates[0]!;
    expect(answer.flat().filter((id, cell) => id !== runnerUp.flat()[cell]).length).toBe(1);
  });

  it("books passes, positions and pairs as counted by hand", async () => {
    const prompt = promptOf({ config: tinyConfig(causal) }, task).tokens.length;
    for (const cache of ["prompt", "none"] as const) {
      const { frames, ledger } = await decode(cache);
      const [rows, columns] = drawnShape(frames[0]!);
      expect(rows * columns).toBeGreaterThan(1);
      // What each pass reads more than the one before: the prompt, which gives the height, and the height, which gives
      // the width; then both sizes, and every cell but the last, with its row end.
      const cells = Array.from(
        { length: rows * columns - 1 },
        (_, cell) => (cell % columns < columns - 1 ? 1 : 2) as number,
      );
      const lengths = [
        0,
        1,
        2,
        ...cells.map((_, i) => 2 + cells.slice(0, i + 1).reduce((a, b) => a + b)),
      ].map((n) => prompt + n);
      if (cache === "prompt") {
        // The height is read twice: to ask for the width, and to begin the answer.
        const fed = [1, 2, ...cells];
        expect(ledger).toMatchObject({
          prompts: 1,
          passes: 1 + fed.length,
          positions: prompt + fed.reduce((a, b) => a + b),
          pairs: prompt ** 2 + fed.reduce((sum, n, i) => sum + n * lengths[i + 1]!, 0),
        });
        expect(ledger.promptMs).toBeGreaterThan(0);
      } else {
        expect(ledger).toMatchObject({
          prompts: 0,
          passes: lengths.length,
          positions: lengths.reduce((a, b) => a + b),
          pairs: lengths.reduce((sum, n) => sum + n * n, 0),
          promptMs: 0,
        });
      }
      expect(frames.at(-1)!.pass).toBe(ledger.passes);
    }
  });

  it("is the same every time, to the bit", async () => {
    const parts = async () => {
      const { frames, candidates } = await decode("prompt");
      return { frames, candidates };
    };
    expect(await parts()).toEqual(await parts());
  });
});

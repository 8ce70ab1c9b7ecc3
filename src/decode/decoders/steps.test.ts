/** The jigsaw in a fixed number of rounds: the plain algorithm's answer, cached or not, in the passes promised. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { canvasLength } from "../../sequence/tokens.ts";
import { drawnShape, OPEN } from "../frames.ts";
import { plainSteps } from "../plain.test-helper.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { type Decoded, decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { steps } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const cases = [
  { pattern: "grid-prompt", positions: "grid" },
  { pattern: "grid-prompt", positions: "sequence" },
  { pattern: "causal-prompt", positions: "grid" },
  { pattern: "prefix", positions: "sequence" },
] as const;

describe.each(cases)("steps under $pattern with $positions positions", ({ pattern, positions }) => {
  it("shows the same frames with a cached prompt as without, unless there was a tie", async () => {
    let compared = 0;
    const runs = 9;
    for (let seed = 0; seed < runs; seed++) {
      const config = tinyConfig({ pattern, positions, initializerRange: 0.3 + 0.02 * seed });
      const task = randomTask(`${pattern} ${seed}`, 1 + (seed % 3));
      await withRandomModel(engine, config, seed, async (model) => {
        const options = { steps: [3, 10, 100][seed % 3]! };
        const cached = await decodeAll(steps, model, task, { ...options, cache: "prompt" });
        const plain = await decodeAll(steps, model, task, { ...options, cache: "none" });
        compared += Number(expectSame(cached, plain));
      });
    }
    expect(compared).toBeGreaterThan(runs / 2);
  });

  it("gives the answer of the algorithm done plainly", async () => {
    let compared = 0;
    for (let seed = 0; seed < 4; seed++) {
      const task = randomTask(`plain ${pattern} ${seed}`, 1);
      const config = tinyConfig({ pattern, positions, layers: 1 });
      await withRandomModel(engine, config, seed + 50, async (model) => {
        const found = await decodeAll(steps, model, task, { steps: 4 });
        if (found.frames.some(({ ties }) => ties)) return;
        compared++;
        const plain = await plainSteps(model, promptOf(model, task), 4);
        const [candidate] = found.candidates;
        expect(candidate!.answer).toEqual(plain.grid);
        expect(candidate!.logProbability).toBeCloseTo(plain.logProbability, 3);
        const rounds = plain.rounds.map((cells) => cells.toSorted((a, b) => a - b));
        expect(found.frames.map(({ committed }) => committed)).toEqual(rounds);
      });
    }
    expect(compared).toBeGreaterThan(1);
  });
});

describe("steps", () => {
  /** A decoding of a canvas with some cells. */
  async function decoding(
    options: { steps: number; cache?: "none" | "prompt" },
    wanted = 12,
  ): Promise<Decoded> {
    for (let seed = 0; ; seed++) {
      const found = await withRandomModel(engine, tinyConfig({ layers: 1 }), seed, (model) =>
        decodeAll(steps, model, randomTask("rounds"), options),
      );
      if (found.frames[0]!.slots.length >= wanted) return found;
    }
  }

  it("fills N cells in so many rounds, each taking its share of what is left", async () => {
    for (const rounds of [1, 2, 5, 7]) {
      const { frames } = await decoding({ steps: rounds });
      expect(frames.length).toBe(rounds);
      let open = frames[0]!.slots.length;
      for (const [round, { committed, slots }] of frames.entries()) {
        expect(committed.length).toBe(Math.ceil(open / (rounds - round)));
        open -= committed.length;
        expect(slots.filter((id) => id === OPEN).length).toBe(open);
      }
      expect(open).toBe(0);
    }
  });

  it("fills one cell a round where there are as many rounds as cells, or more", async () => {
    for (const more of [0, 1, 1000]) {
      const cells = (await decoding({ steps: 1 })).frames[0]!.slots.length;
      const { frames } = await decoding({ steps: cells + more });
      expect(frames.map(({ committed }) => committed.length)).toEqual(new Array(cells).fill(1));
    }
  });

  it("never takes a cell back, nor changes what stands", async () => {
    const { frames, candidates } = await decoding({ steps: 5 });
    const done = new Set<number>();
    for (const [i, frame] of frames.entries()) {
      expect(frame.retracted).toEqual([]);
      for (const cell of done) {
        expect(frame.slots[cell]).toBe(frames[i - 1]!.slots[cell]);
        expect(frame.confidence[cell]).toBe(frames[i - 1]!.confidence[cell]);
        expect(frame.committed).not.toContain(cell);
      }
      for (const cell of frame.committed) {
        done.add(cell);
        expect(frame.slots[cell]).toBeLessThan(10);
        expect(frame.slots[cell]).toBeGreaterThanOrEqual(0);
      }
      for (const p of frame.confidence) expect(p).toBeGreaterThanOrEqual(0.1);
    }
    expect(frames.at(-1)!.slots).toEqual(candidates[0]!.answer.flat());
  });

  it("commits the surest of the open cells", async () => {
    const { frames } = await decoding({ steps: 5 });
    for (const { committed, confidence, slots } of frames) {
      const least = Math.min(...committed.map((cell) => confidence[cell]!));
      for (const [cell, id] of slots.entries()) {
        if (id === OPEN) expect(confidence[cell]).toBeLessThanOrEqual(least);
      }
    }
  });

  it("has a runner-up that differs in one cell, which an open choice decided", async () => {
    const { candidates } = await decoding({ steps: 5 });
    const { answer, runnerUp, logProbability } = candidates[0]!;
    const differing = answer.flat().filter((id, cell) => id !== runnerUp.flat()[cell]);
    expect(differing.length).toBe(1);
    expect(logProbability).toBeLessThan(0);
    expect(Number.isFinite(logProbability)).toBe(true);
  });

  it("books passes, positions and pairs as counted by hand", async () => {
    const prompt = promptOf({ config: tinyConfig() }, randomTask("rounds")).tokens.length;
    for (const cache of ["prompt", "none"] as const) {
      const { frames, ledger } = await decoding({ steps: 4, cache });
      const canvas = canvasLength(...drawnShape(frames[0]!));
      // The prompt, the height, the width given the height, and a canvas in every round.
      const asked = [1, 2, canvas, canvas, canvas, canvas];
      if (cache === "prompt") {
        expect(ledger).toMatchObject({
          passes: 7,
          positions: prompt + 3 + 4 * canvas,
          pairs: prompt ** 2 + asked.reduce((sum, n) => sum + n * (prompt + n), 0),
        });
        expect(ledger.promptMs).toBeGreaterThan(0);
      } else {
        expect(ledger).toMatchObject({
          passes: 6,
          positions: 6 * prompt + 3 + 4 * canvas,
          pairs: asked.reduce((sum, n) => sum + (prompt + n) ** 2, 0),
          promptMs: 0,
        });
      }
      expect(ledger.decodeMs).toBeGreaterThan(0);
      const before = cache === "prompt" ? 3 : 2;
      expect(frames.map(({ pass }) => pass)).toEqual([1, 2, 3, 4].map((round) => before + round));
    }
  });

  it("commits the first cells first in raster order, and in random order what the seed says", async () => {
    await withRandomModel(engine, tinyConfig({ layers: 1 }), 1, async (model) => {
      const orderOf = async (options: object) => {
        const task = randomTask("order", 1);
        const { frames } = await decodeAll(steps, model, task, { steps: 1000, ...options });
        return frames.flatMap(({ committed }) => committed);
      };
      const cells = await orderOf({ order: "raster" });
      expect(cells.length).toBeGreaterThan(3);
      expect(cells).toEqual([...cells.keys()]);
      const shuffled = await orderOf({ order: "random", seed: 5 });
      expect(shuffled).toEqual(await orderOf({ order: "random", seed: 5 }));
      expect(shuffled.toSorted((a, b) => a - b)).toEqual(cells);
      expect(shuffled).not.toEqual(cells);
      expect(shuffled).not.toEqual(await orderOf({ order: "random", seed: 6 }));
    });
  });

  it("is the same every time, to the bit", async () => {
    const decode = async () => {
      const { frames, candidates } = await decoding({ steps: 5 });
      return { frames, candidates };
    };
    expect(await decode()).toEqual(await decode());
  });

  it("runs what was trained under full, whose prompt sees the answer, without a cache only", async () => {
    await withRandomModel(engine, tinyConfig({ pattern: "full" }), 1, async (model) => {
      const task = randomTask("full");
      await expect(decodeAll(steps, model, task, { cache: "prompt" })).rejects.toMatchObject({
        name: "JigsawError",
        code: "bad-option",
        hint: "Use --cache none.",
      });
      const { candidates, frames } = await decodeAll(steps, model, task, { cache: "none", steps: 3 });
      const plain = await plainSteps(model, promptOf(model, task), 3);
      if (frames.every(({ ties }) => ties === 0)) expect(candidates[0]!.answer).toEqual(plain.grid);
    });
  });
});

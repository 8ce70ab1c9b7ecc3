/** The search against all fillings of small canvases, one by one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Grid } from "../../arc/grid.ts";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import type { Model } from "../../model/model.ts";
import { type Changes, randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { canvasTokens, nthCellIndex, TOKEN } from "../../sequence/tokens.ts";
import { fewColours } from "../brute-force.test-helper.ts";
import type { DecodeOptions } from "../define.ts";
import { drawnShape, OPEN } from "../frames.ts";
import { logitsOf } from "../plain.test-helper.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { tree } from "./tree.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const withSmall = <T>(
  seed: number,
  work: (model: Model, task: ReturnType<typeof randomTask>) => Promise<T>,
  changes: Changes = {},
  side = 2,
): Promise<T> => {
  const config = tinyConfig({ layers: 1, initializerRange: 0.25, ...changes });
  return withRandomModel(
    engine,
    config,
    seed,
    (model) => work(fewColours(model, 3), randomTask(`tree ${seed}`, 1)),
    side,
  );
};

/** Every filling of a canvas of some size, with the probability of the one path that leads to it. */
async function allFillings(
  model: Model,
  task: ReturnType<typeof randomTask>,
  rows: number,
  columns: number,
): Promise<{ grid: Grid; probability: number }[]> {
  const prompt = promptOf(model, task);
  const shift = Number(model.config.jigsaw.shift);
  const fill = async (
    cells: readonly number[],
    probability: number,
  ): Promise<{ grid: Grid; probability: number }[]> => {
    if (!cells.includes(TOKEN.mask)) {
      const grid = Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns));
      return [{ grid, probability }];
    }
    const answer = canvasTokens(rows, columns, prompt.format.grid!.number, (r, c) => cells[r * columns + c]!);
    const logits = (await logitsOf(model, prompt.tokens, answer)).subarray(prompt.tokens.length * 64);
    let lowest = { cell: -1, entropy: Infinity, colours: [] as number[] };
    for (const [cell, id] of cells.entries()) {
      if (id !== TOKEN.mask) continue;
      const row = nthCellIndex(cell, columns) - shift;
      const powers = [0, 1, 2].map((colour) => Math.exp(logits[row * 64 + colour]!));
      const total = powers.reduce((a, b) => a + b);
      const colours = powers.map((power) => power / total);
      const entropy = -colours.reduce((sum, p) => sum + p * Math.log(p), 0);
      if (entropy < lowest.entropy) lowest = { cell, entropy, colours };
    }
    const fillings = [];
    for (const [colour, p] of lowest.colours.entries())
      fillings.push(...(await fill(cells.with(lowest.cell, colour), probability * p)));
    return fillings;
  };
  return await fill(new Array(rows * columns).fill(TOKEN.mask), 1);
}

const exact = (floor: number, more: DecodeOptions = {}): DecodeOptions => ({
  mode: "exact",
  floor,
  maxPasses: 1000,
  ...more,
});
const key = (grid: Grid) => JSON.stringify(grid);

describe("tree in exact mode", () => {
  it.each([{ shift: false }, { shift: true }])(
    "finds all above the floor, each once (%o)",
    async (changes) => {
      let compared = 0;
      let most = 0;
      for (let seed = 0; seed < 8; seed++) {
        await withSmall(
          seed,
          async (model, task) => {
            const { frames, candidates } = await decodeAll(tree, model, task, exact(0.01));
            const [rows, columns] = drawnShape(frames[0]!);
            const all = await allFillings(model, task, rows, columns);
            expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
            for (const floor of [0.01, 0.05, 0.2]) {
              const found =
                floor === 0.01 ? { frames, candidates } : await decodeAll(tree, model, task, exact(floor));
              if (found.frames.some(({ ties }) => ties > 0)) continue;
              const above = all.filter(({ probability }) => probability >= floor);
              if (above.length === 0) continue;
              compared++;
              most = Math.max(most, above.length);
              const wanted = above.toSorted((a, b) => b.probability - a.probability);
              expect(found.candidates.map(({ answer }) => key(answer))).toEqual(
                wanted.map(({ grid }) => key(grid)),
              );
              // The size's share of the probability is the same for all.
              const [first] = found.candidates;
              for (const [i, { logProbability }] of found.candidates.entries()) {
                const apart = Math.log(wanted[i]!.probability / wanted[0]!.probability);
                expect(logProbability - first!.logProbability).toBeCloseTo(apart, 4);
              }
            }
          },
          changes,
        );
      }
      expect(compared).toBeGreaterThan(8);
      expect(most).toBeGreaterThan(5);
    },
  );

  it("gives the end of its first path where nothing is above the floor", async () => {
    await withSmall(1, async (model, task) => {
      const { frames, candidates } = await decodeAll(tree, model, task, exact(0.999));
      expect(candidates.length).toBe(1);
      expect(candidates[0]!.answer.flat()).toEqual(frames.at(-1)!.slots);
      expect(frames.length).toBe(frames[0]!.slots.length);
      for (const { committed, retracted } of frames)
        expect([committed.length, retracted.length]).toEqual([1, 0]);
    });
  });
});

describe.each(["exact", "fast"])("tree in %s mode", (mode) => {
  const options = (more: DecodeOptions = {}) => ({
    mode,
    floor: 0.01,
    threshold: 0.7,
    maxPasses: 40,
    ...more,
  });

  it("shows the same frames with a cached prompt as without, and whatever the batch", async () => {
    let compared = 0;
    let saved = 0;
    for (const pattern of ["grid-prompt", "prefix", "blocks"] as const) {
      for (let seed = 0; seed < 5; seed++) {
        await withSmall(
          seed,
          async (model, task) => {
            const plain = await decodeAll(tree, model, task, options({ cache: "none" }));
            const cached = await decodeAll(tree, model, task, options());
            compared += Number(expectSame(cached, plain));
            for (const cache of ["prompt", "none"]) {
              const many = await decodeAll(tree, model, task, options({ batch: 4, cache }));
              if (expectSame(many, plain)) saved += plain.ledger.passes - many.ledger.passes;
            }
          },
          { pattern, positions: seed % 2 ? "sequence" : "grid" },
          3,
        );
      }
    }
    expect(compared).toBeGreaterThan(5);
    expect(saved).toBeGreaterThan(10);
  });

  it("tells in its frames what was filled and what taken back", async () => {
    let retractions = 0;
    for (let seed = 0; seed < 4; seed++) {
      await withSmall(seed, async (model, task) => {
        const { frames, candidates } = await decodeAll(tree, model, task, options());
        let before: readonly number[] = frames[0]!.slots.map(() => OPEN);
        for (const { slots: cells, committed, retracted } of frames) {
          const changed = [...cells.keys()].filter((cell) => cells[cell] !== before[cell]);
          expect(new Set([...committed, ...retracted])).toEqual(new Set(changed));
          for (const cell of committed) expect(cells[cell]).not.toBe(OPEN);
          for (const cell of retracted) expect(before[cell]).not.toBe(OPEN);
          retractions += retracted.length;
          before = cells;
        }
        expect(candidates[0]!.answer.flat()).toEqual(before);
      });
    }
    expect(retractions).toBeGreaterThan(0);
  });

  it("ends within its budget, always with an answer", async () => {
    for (const maxPasses of [1, 2, 3, 7]) {
      for (const batch of [1, 3]) {
        await withSmall(
          5,
          async (model, task) => {
            const { candidates, ledger } = await decodeAll(tree, model, task, options({ maxPasses, batch }));
            // The prompt's pass and two for the size.
            expect(ledger.passes).toBeLessThanOrEqual(3 + maxPasses);
            expect(candidates.length).toBeGreaterThan(0);
            for (const { answer, logProbability } of candidates) {
              expect(answer.flat().every((colour) => colour < 3)).toBe(true);
              expect(Number.isFinite(logProbability)).toBe(true);
            }
          },
          {},
          3,
        );
      }
    }
  });

  it("gives candidates by probability, no grid twice", async () => {
    for (let seed = 0; seed < 4; seed++) {
      await withSmall(seed, async (model, task) => {
        const { candidates } = await decodeAll(tree, model, task, options());
        const logs = candidates.map(({ logProbability }) => logProbability);
        expect(logs).toEqual(logs.toSorted((a, b) => b - a));
        expect(new Set(candidates.map(({ answer }) => key(answer))).size).toBe(candidates.length);
        for (const { answer, runnerUp } of candidates) expect(key(runnerUp)).not.toBe(key(answer));
      });
    }
  });
});

describe("tree in fast mode", () => {
  it("is exact mode where nothing is sure", async () => {
    await withSmall(2, async (model, task) => {
      const fast = await decodeAll(tree, model, task, exact(0.02, { mode: "fast", threshold: 1 }));
      const { frames, candidates } = await decodeAll(tree, model, task, exact(0.02));
      expect({ frames: fast.frames, candidates: fast.candidates }).toEqual({ frames, candidates });
    });
  });

  it("fills the canvas in one pass where everything is sure", async () => {
    await withSmall(2, async (model, task) => {
      const { candidates, frames } = await decodeAll(tree, model, task, { threshold: 0.3, floor: 1e-9 });
      expect(frames.length).toBe(1);
      const chosen = frames[0]!.confidence.reduce((sum, p) => sum + Math.log(p), 0);
      const exactly = await decodeAll(tree, model, task, exact(0.9));
      const apart = exactly.candidates[0]!.logProbability - candidates[0]!.logProbability;
      const there = exactly.frames.at(-1)!.confidence.reduce((sum, p) => sum + Math.log(p), 0);
      // What is left beside the cells is the size's.
      expect(apart).toBeCloseTo(there - chosen, 5);
    });
  });
});

describe("tree", () => {
  it("refuses floors that bound nothing", async () => {
    const refused = (options: DecodeOptions, message: string) =>
      withSmall(1, (model, task) =>
        expect(decodeAll(tree, model, task, options)).rejects.toMatchObject({
          name: "JigsawError",
          code: "bad-option",
          message: expect.stringContaining(message),
        }),
      );
    await refused({ floor: 0 }, "--floor 0: must be more than 0");
    await refused({ floor: 1 }, "--floor 1: must be less than 1");
    await refused({ maxPasses: 0 }, "--max-passes");
  });

  it("gives the same whatever the batch under full, where a prompt that sees its answer can see one alone", async () => {
    let shown = 0;
    for (let seed = 1; seed < 4; seed++) {
      const decode = (batch: number) =>
        withSmall(
          seed,
          (model, task) =>
            decodeAll(tree, model, task, exact(0.001, { cache: "none", maxPasses: 15, batch })),
          { pattern: "full" },
          3,
        );
      const [one, many] = [await decode(1), await decode(4)];
      shown += one.frames.length;
      const told = ({ frames, candidates }: typeof one) => ({
        frames: frames.map(({ pass: _, ...frame }) => frame),
        candidates,
      });
      expect(told(many)).toEqual(told(one));
    }
    expect(shown).toBeGreaterThan(6);
  });
});

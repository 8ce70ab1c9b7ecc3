/** Soft-mask recursion: what it says of itself, beside the same written out plainly. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../../core/random.ts";
import type { Engine } from "../../engine/engine.ts";
import { newLedger } from "../../engine/ledger.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import type { Model } from "../../model/model.ts";
import { type Changes, maskOf, randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { canvasTokens, TOKEN, type Token } from "../../sequence/tokens.ts";
import { openCanvas } from "../canvas.ts";
import { drawnShape, OPEN } from "../frames.ts";
import { gridLayout } from "../grid-format.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { drawIds, mostVisited, soft, type Visited, visit } from "./soft.ts";
import { steps } from "./steps.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const configOf = (changes: Changes = {}) =>
  tinyConfig({ objectives: ["masked-diffusion", "self-conditioning"], initializerRange: 0.7, ...changes });
const cases = [
  { pattern: "causal-prompt", shift: true },
  { pattern: "grid-prompt", shift: false },
  { pattern: "prefix", shift: true },
] as const;

/** The probabilities of the colours, of logits. */
function colours(logits: readonly number[], temperature: number): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((x) => Math.exp((x - top) / temperature));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / total);
}

/** The whole sequence in every round, and nothing shared with the decoder. */
async function plainly(
  model: Model,
  prompt: readonly Token[],
  canvas: readonly Token[],
  rounds: number,
  temperature: number,
) {
  const { shift, pattern } = model.config.jigsaw;
  const tokens = [...prompt, ...canvas];
  const cells = [...tokens.keys()].filter((i) => i >= prompt.length && tokens[i]!.id === TOKEN.mask);
  const data = new Float32Array(tokens.length * 64);
  const found: { cells: number[]; confidence: number[] }[] = [];
  for (let round = 0; round < rounds; round++) {
    const pass = {
      tokens,
      mask: maskOf(pattern, prompt, canvas.length),
      ...(round > 0 && { softEmbeddings: data }),
    };
    const { logits } = await model.run(pass, { logits: true, cache: false }, newLedger(), "decode");
    const read = cells.map((i) => {
      const from = (i - Number(shift)) * 64;
      return [...logits.subarray(from, from + 10)];
    });
    for (const [c, row] of read.entries()) data.set(colours(row, temperature), cells[c]! * 64);
    found.push({
      cells: read.map((row) => row.indexOf(Math.max(...row))),
      confidence: read.map((row) => Math.max(...colours(row, 1))),
    });
  }
  return found;
}

describe.each(cases)("soft under $pattern, shift $shift", (changes) => {
  const config = configOf(changes);

  it.each([1, 0.3])("does what its rounds do plainly, temperature %s", async (temperature) => {
    let moved = 0;
    for (let seed = 0; seed < 4; seed++) {
      await withRandomModel(engine, config, seed, async (model) => {
        const task = randomTask(`plain ${seed}`, 1);
        const { frames, candidates } = await decodeAll(soft, model, task, { steps: 5, temperature, keep: 9 });
        const { tokens, format } = promptOf(model, task);
        const [rows, columns] = drawnShape(frames[0]!);
        const canvas = canvasTokens(rows, columns, format.grid!.number, () => TOKEN.mask);
        const wanted = await plainly(model, tokens, canvas, 5, temperature);
        expect(frames).toHaveLength(5);
        for (const [round, { slots: cells, confidence, ties }] of frames.entries()) {
          if (ties) break;
          expect(cells).toEqual(wanted[round]!.cells);
          for (const [cell, p] of confidence.entries())
            expect(p).toBeCloseTo(wanted[round]!.confidence[cell]!, 3);
        }
        const visited = new Map<string, number>();
        for (const { slots } of frames) visited.set(slots.join(), 1 + (visited.get(slots.join()) ?? 0));
        expect(new Set(candidates.map(({ answer }) => answer.flat().join()))).toEqual(
          new Set(visited.keys()),
        );
        const visits = candidates.map(({ answer }) => visited.get(answer.flat().join())!);
        expect(visits).toEqual(visits.toSorted((a, b) => b - a));
        moved += visited.size - 1;
      });
    }
    expect(moved).toBeGreaterThan(0);
  });

  it("shows the same frames with a cached prompt as without, restarts too", async () => {
    let compared = 0;
    for (let seed = 0; seed < 4; seed++) {
      await withRandomModel(engine, config, seed, async (model) => {
        const decode = (cache: string) =>
          decodeAll(soft, model, randomTask(`cached ${seed}`, 1), { cache, steps: 3, restarts: 1, keep: 4 });
        compared += Number(expectSame(await decode("prompt"), await decode("none")));
      });
    }
    expect(compared).toBeGreaterThan(0);
  });

  it("of one round is steps of one round", async () => {
    for (let seed = 0; seed < 3; seed++) {
      await withRandomModel(engine, config, seed, async (model) => {
        const task = randomTask(`one ${seed}`, 1);
        const wanted = await decodeAll(steps, model, task, { steps: 1 });
        const found = await decodeAll(soft, model, task, { steps: 1 });
        const candidates = wanted.candidates.map((one) => ({ ...one, visits: 1 }));
        expect({ ...found, ledger: 0 }).toEqual({ ...wanted, candidates, ledger: 0 });
      });
    }
  });
});

describe("soft", () => {
  const config = configOf(cases[0]);

  it("makes as many passes as it is asked for rounds, and shows what changed", async () => {
    await withRandomModel(engine, config, 1, async (model) => {
      const task = randomTask("passes", 1);
      const none = await decodeAll(soft, model, task, { steps: 1 });
      const { frames, ledger } = await decodeAll(soft, model, task, { steps: 4, restarts: 2 });
      expect(ledger.passes).toBe(none.ledger.passes + 11);
      expect(frames.map(({ pass }) => pass - frames[0]!.pass)).toEqual([...Array(12).keys()]);
      let before = frames[0]!.slots.map((): number => OPEN);
      for (const { slots: cells, committed, retracted } of frames) {
        const changed = [...cells.keys()].filter((cell) => cells[cell] !== before[cell]);
        expect(committed).toEqual(changed);
        expect(retracted).toEqual(changed.filter((cell) => before[cell] !== OPEN));
        before = [...cells];
      }
    });
  });

  it("draws other restarts for other seeds, and the same for the same", async () => {
    let others = 0;
    for (let seed = 0; seed < 4; seed++) {
      await withRandomModel(engine, config, seed, async (model) => {
        const decode = (of: number) =>
          decodeAll(soft, model, randomTask(`seeds ${seed}`, 1), { steps: 2, restarts: 2, seed: of });
        const first = await decode(1);
        expect((await decode(1)).frames).toEqual(first.frames);
        const second = await decode(2);
        expect(second.frames.slice(0, 2)).toEqual(first.frames.slice(0, 2));
        const confidence = (of: typeof first) => of.frames.map(({ confidence }) => confidence);
        others += Number(confidence(second).join() !== confidence(first).join());
      });
    }
    expect(others).toBeGreaterThan(0);
  });

  it("keeps no more candidates than it is told to", async () => {
    let most = 0;
    for (let seed = 0; seed < 6; seed++) {
      await withRandomModel(engine, config, seed, async (model) => {
        const decode = (more: object) =>
          decodeAll(soft, model, randomTask(`keep ${seed}`, 1), { steps: 6, restarts: 2, ...more });
        const all = await decode({ keep: 99 });
        most = Math.max(most, all.candidates.length);
        expect((await decode({})).candidates).toEqual(all.candidates.slice(0, 2));
      });
    }
    expect(most).toBeGreaterThan(2);
  });

  it("refuses a model whose cells do not see all others, and options that make no sense", async () => {
    await withRandomModel(engine, configOf({ pattern: "blocks" }), 1, async (model) => {
      await expect(decodeAll(soft, model, randomTask("blocks"))).rejects.toMatchObject({
        code: "unsupported",
      });
    });
    await withRandomModel(engine, config, 1, async (model) => {
      for (const wrong of [{ steps: 0 }, { restarts: -1 }, { temperature: -1 }, { keep: 0 }])
        await expect(decodeAll(soft, model, randomTask("wrong"), wrong)).rejects.toMatchObject({
          code: "bad-option",
        });
    });
  });
});

describe("grids that come by", () => {
  const canvasOf = (ids: number[], logProbability: number) => ({
    ...openCanvas(gridLayout(1, ids.length, 2)),
    ids,
    logProbability,
  });

  it("are ranked by visits, then by how sure the model ever was", () => {
    const seen = new Map<string, Visited>();
    const visits: [number[], number][] = [
      [[1, 2], -1],
      [[3, 4], -9],
      [[5, 6], -3],
      [[3, 4], -8],
      [[7, 8], -2],
      [[7, 8], -9],
    ];
    for (const [cells, logProbability] of visits) visit(seen, canvasOf(cells, logProbability));
    expect(
      mostVisited(seen).map(({ canvas, visits }) => [canvas.ids, canvas.logProbability, visits]),
    ).toEqual([
      [[7, 8], -2, 2],
      [[3, 4], -8, 2],
      [[1, 2], -1, 1],
      [[5, 6], -3, 1],
    ]);
  });
});

describe("ids that are drawn", () => {
  it("come as often as they are likely, one of each mixture", () => {
    const wanted = [0.5, 0, 0.3, 0.2];
    const counts = [0, 0, 0, 0];
    const draw = random("colours");
    for (let n = 0; n < 1000; n++) {
      const [drawn] = drawIds([{ first: 7, probabilities: Float64Array.from(wanted) }], draw);
      expect(drawn!.first).toBe(7);
      expect([...drawn!.probabilities].filter((p) => p > 0)).toEqual([1]);
      counts[drawn!.probabilities.indexOf(1)]!++;
    }
    for (const [colour, p] of wanted.entries())
      expect(Math.abs(counts[colour]! / 1000 - p)).toBeLessThan(0.05);
    expect(counts[1]).toBe(0);
  });
});

// Likelihoods against what a plain reading of the model's logits gives.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grid, makeGrid } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { logitsOf } from "../decode/plain.test-helper.ts";
import type { Prompt } from "../decode/prompt.ts";
import { promptOf } from "../decode/puzzle-prompt.ts";
import { openSession } from "../decode/session.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { type Model, openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { gridTokens, TOKEN } from "../sequence/tokens.ts";
import { boundedLikelihoods, exactLikelihoods, masksFor } from "./likelihood.ts";

const task = randomTask("likelihood", 2, 4);
const draw = random("grids");
const randomGrid = (rows: number, columns: number): Grid => makeGrid(rows, columns, () => draw.int(0, 9));

/** Natural logarithm of the softmax over `ids` of a row of logits, at `id`. */
function logSoftmax(row: Float32Array, ids: readonly number[], id: number): number {
  const total = ids.reduce((sum, one) => sum + Math.exp(row[one]!), 0);
  return row[id]! - Math.log(total);
}
const COLOUR_IDS = [...Array(10).keys()];
const SIZE_IDS = Array.from({ length: 30 }, (_, i) => TOKEN.sizeBase + 1 + i);

describe("likelihoods", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  const open = (changes: Parameters<typeof tinyConfig>[0]): { model: Model; prompt: Prompt<Grid> } => {
    const config = tinyConfig(changes);
    return {
      model: openModel(engine, config, initialWeights(config, 5)),
      prompt: promptOf({ config }, task),
    };
  };

  it("of a typewriter are the sums of next tokens' log-probabilities in one plain pass", async () => {
    const { model, prompt } = open({ objectives: ["autoregressive"], pattern: "causal" });
    const grids = [randomGrid(2, 3), randomGrid(3, 2), randomGrid(1, 1)];
    const ledger = newLedger();
    await using session = openSession(model, prompt, { ledger });
    const found = await exactLikelihoods(session, grids);
    // The prompt, and all three answers side by side.
    expect(ledger).toMatchObject({ prompts: 1, passes: 2 });
    for (const [i, grid] of grids.entries()) {
      const tokens = [...prompt.tokens, ...gridTokens(grid, prompt.format.grid!.number)];
      const mask = new Uint8Array(tokens.length ** 2);
      for (let q = 0; q < tokens.length; q++) mask.fill(1, q * tokens.length, q * tokens.length + q + 1);
      const { logits } = await model.run(
        { tokens, mask },
        { logits: true, cache: false },
        newLedger(),
        "decode",
      );
      const { vocabSize } = model.config;
      const expected = { size: 0, cells: 0 };
      for (let at = prompt.tokens.length; at < tokens.length; at++) {
        const { id } = tokens[at]!;
        const row = logits.subarray((at - 1) * vocabSize, at * vocabSize);
        if (id < 10) expected.cells += logSoftmax(row, COLOUR_IDS, id);
        else if (id !== TOKEN.rowEnd) expected.size += logSoftmax(row, SIZE_IDS, id);
      }
      expect(found[i]!.size).toBeCloseTo(expected.size, 4);
      expect(found[i]!.cells).toBeCloseTo(expected.cells, 4);
      expect(found[i]!.variance).toBe(0);
    }
    await model.close();
  });

  it.each([
    ["grid-prompt", { pattern: "grid-prompt" }],
    ["the logit shift", { pattern: "causal-prompt", shift: true }],
    ["a prompt that sees the answer", { pattern: "full" }],
  ] as const)("under masked diffusion come near the mean over all masks (%s)", async (_, changes) => {
    const { model, prompt } = open({ objectives: ["masked-diffusion"], ...changes });
    const grid = randomGrid(2, 2);
    const exact = await overAllMasks(model, prompt, grid);
    await using session = openSession(model, prompt);
    const [found] = await boundedLikelihoods(session, [grid], { masks: 400, key: ["x"] });
    expect(Math.abs(found!.cells - exact)).toBeLessThan(4 * Math.sqrt(found!.variance) + 1e-3);
    expect(found!.variance).toBeGreaterThan(0);
    // Of random weights no cell is much likelier than one in ten.
    expect(found!.cells).toBeLessThan(-2);
    await model.close();
  });

  /** The bound itself: the mean over the numbers of masks, and over all sets of so many cells. */
  async function overAllMasks(model: Model, prompt: Prompt<Grid>, grid: Grid): Promise<number> {
    const cells = grid.flat().length;
    let sum = 0;
    for (let k = 1; k <= cells; k++) {
      const sets = [...Array(2 ** cells).keys()].filter(
        (set) => [...set.toString(2)].filter((b) => b === "1").length === k,
      );
      let ofSize = 0;
      for (const set of sets) {
        ofSize += (cells / k) * (await maskedSum(model, prompt, grid, set));
      }
      sum += ofSize / sets.length;
    }
    return sum / cells;
  }

  /** The sum of the masked cells' log-probabilities, for one set of masked cells. */
  async function maskedSum(model: Model, prompt: Prompt<Grid>, grid: Grid, set: number): Promise<number> {
    const { vocabSize, jigsaw } = model.config;
    const clean = gridTokens(grid, prompt.format.grid!.number);
    const cells = [...clean.keys()].filter((i) => clean[i]!.id < 10);
    const masked = cells.filter((_, n) => (set >> n) & 1);
    const logits = await logitsOf(
      model,
      prompt.tokens,
      clean.map((token, i) => (masked.includes(i) ? { ...token, id: TOKEN.mask } : token)),
    );
    return masked.reduce((total, i) => {
      const at = prompt.tokens.length + i - Number(jigsaw.shift);
      return (
        total + logSoftmax(logits.subarray(at * vocabSize, (at + 1) * vocabSize), COLOUR_IDS, clean[i]!.id)
      );
    }, 0);
  }

  it("use the same masks for all answers of a size, and leave nothing behind", async () => {
    const { engine: counting, counts } = countingEngine(engine);
    const config = tinyConfig({ objectives: ["masked-diffusion"], pattern: "grid-prompt" });
    const model = openModel(counting, config, initialWeights(config, 5));
    const prompt = promptOf(model, task);
    const grid = randomGrid(3, 3);
    const session = openSession(model, prompt);
    const twice = await boundedLikelihoods(session, [grid, grid], { masks: 5, key: [1, 0] });
    expect(twice[1]!.cells).toBeCloseTo(twice[0]!.cells, 6);
    const other = await boundedLikelihoods(session, [grid], { masks: 5, key: [2, 0] });
    expect(other[0]!.cells).not.toBeCloseTo(twice[0]!.cells, 3);
    await session[Symbol.asyncDispose]();
    expect(counts.kept.size).toBe(0);
    await model.close();
  });
});

describe("masks", () => {
  it("are as many as asked for, spread over all numbers of masked cells", () => {
    const masks = masksFor(20, 10, "key");
    expect(masks.length).toBe(10);
    const counts = masks.map((cells) => cells.length).sort((a, b) => a - b);
    // One in each tenth of 1 to 20.
    expect(counts.map((count) => Math.ceil(count / 2))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const cells of masks) {
      expect(new Set(cells).size).toBe(cells.length);
      for (const cell of cells) expect(cell).toBeLessThan(20);
    }
  });
});

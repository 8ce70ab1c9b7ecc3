/** Block by block: what is kept of finished blocks changes nothing but what is computed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { type Changes, randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { canvasLength, TOKEN } from "../../sequence/tokens.ts";
import type { DecodeOptions } from "../define.ts";
import { drawnShape, OPEN } from "../frames.ts";
import { gridLayout } from "../grid-format.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { type Decoded, decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { blocks, blocksOf } from "./blocks.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const configOf = (changes: Changes = {}) =>
  tinyConfig({ objectives: ["masked-diffusion", "block-diffusion"], pattern: "blocks", ...changes });

const decodeOn = (changes: Changes, seed: number, task: string, options: DecodeOptions) =>
  withRandomModel(engine, configOf(changes), seed, (model) =>
    decodeAll(blocks, model, randomTask(task), options),
  );

/** As a checkpoint of joint training has them: rows of an answer that is seen whole elsewhere, with the shift. */
const JOINT: Changes = { pattern: "causal-prompt", shift: true };

const cases = [
  ...[null, 1, 3, 7].flatMap((blockSize) =>
    (["grid", "sequence"] as const).map((positions) => ({ blockSize, positions })),
  ),
  ...(["grid", "sequence"] as const).map((positions) => ({ ...JOINT, blockSize: null, positions })),
];

describe.each(cases)("blocks of $blockSize tokens, $positions, shift $shift", (changes) => {
  const { blockSize, positions } = changes;

  it("show the same frames whatever is kept, unless there was a tie", async () => {
    let compared = 0;
    const runs = 6;
    for (let seed = 0; seed < runs; seed++) {
      const options = { steps: 1 + (seed % 4), threshold: [1, 0.9, 0.4][seed % 3]! };
      const decode = (cache: string) =>
        decodeOn(changes, seed, `${blockSize} ${positions} ${seed}`, { ...options, cache });
      const plain = await decode("none");
      const kept = await decode("blocks");
      compared += Number(expectSame(kept, plain) && expectSame(await decode("prompt"), plain));
      expect(kept.candidates[0]!.answer.flat()).toEqual(plain.frames.at(-1)!.slots);
      expect(kept.candidates[0]!.answer.flat().every((colour) => colour < TOKEN.rowEnd)).toBe(true);
    }
    expect(compared).toBeGreaterThan(runs / 2);
  });

  it("are filled in order", async () => {
    const { frames } = await decodeOn(changes, 3, "order", { steps: 2 });
    const [rows, columns] = drawnShape(frames[0]!);
    const layout = gridLayout(rows, columns, 1);
    const ends = layout.blockEnds(blockSize, false);
    const order = blocksOf({ layoutSlots: layout.slots, ends }).map(({ slots }) => slots);
    const seen = frames.flatMap(({ committed }) => committed);
    expect(seen.toSorted((a, b) => a - b)).toEqual([...layout.slots.keys()]);
    for (const cells of order) expect(new Set(seen.splice(0, cells.length))).toEqual(new Set(cells));
  });
});

describe("blocks", () => {
  /** A decoding of a canvas of several rows and columns. */
  async function decoding(options: DecodeOptions, changes: Changes = {}): Promise<Decoded> {
    for (let seed = 0; ; seed++) {
      const found = await decodeOn({ layers: 1, ...changes }, seed, "rounds", options);
      if (drawnShape(found.frames[0]!).every((side) => side > 2)) return found;
    }
  }

  it("take one cell a round where there are rounds enough and nothing is sure", async () => {
    const { frames } = await decoding({ steps: 100, threshold: 1 });
    const [rows, columns] = drawnShape(frames[0]!);
    expect(frames.map(({ committed }) => committed.length)).toEqual(new Array(rows * columns).fill(1));
  });

  it("take one round each where there is one round, or everything is sure", async () => {
    for (const options of [{ steps: 1 }, { steps: 9, threshold: 0 }]) {
      const { frames } = await decoding(options);
      const [rows, columns] = drawnShape(frames[0]!);
      expect(frames.map(({ committed }) => committed.length)).toEqual(new Array(rows).fill(columns));
    }
  });

  it("commit all cells of a round that are surer than the threshold", async () => {
    const { frames } = await decoding({ steps: 100, threshold: 0.5 });
    const [, columns] = drawnShape(frames[0]!);
    for (const { slots, confidence, committed } of frames) {
      const row = Math.floor(committed[0]! / columns);
      if (committed.length > 1) for (const cell of committed) expect(confidence[cell]).toBeGreaterThan(0.5);
      for (let cell = row * columns; cell < (row + 1) * columns; cell++) {
        if (slots[cell] === OPEN) expect(confidence[cell]).toBeLessThanOrEqual(0.5);
      }
    }
    expect(frames.some(({ committed }) => committed.length > 1)).toBe(true);
  });

  it("book passes, positions and pairs as counted by hand", async () => {
    const { frames, ledger } = await decoding({ steps: 2, threshold: 1, cache: "blocks" });
    const [rows, columns] = drawnShape(frames[0]!);
    const prompt = promptOf({ config: tinyConfig() }, randomTask("rounds")).tokens.length;
    const row = columns + 1;
    // The size's two passes; two rounds a row and, but for the last row, one to keep it: the size with the first.
    const looks = Array.from({ length: rows }, (_, r) => ({
      own: r === 0 ? 2 + row : row,
      end: 2 + row * (r + 1),
    }));
    const asked = looks.flatMap((look, r) => new Array(r === rows - 1 ? 2 : 3).fill(look));
    expect(ledger).toMatchObject({
      passes: 3 + asked.length,
      positions: prompt + 3 + asked.reduce((sum, { own }) => sum + own, 0),
      pairs:
        prompt ** 2 +
        (prompt + 1) +
        2 * (prompt + 2) +
        asked.reduce((n, { own, end }) => n + own * (prompt + end), 0),
    });
    const whole = await decoding({ steps: 2, threshold: 1, cache: "prompt" });
    expect(whole.ledger.positions).toBeGreaterThan(ledger.positions);
  });

  it("refuse others than the checkpoint was trained with", async () => {
    const refused = { name: "JigsawError", code: "bad-option" };
    const fails = async (changes: Changes, options: DecodeOptions, message: string) =>
      await expect(decodeOn(changes, 1, "refused", options)).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining(message),
      });
    await fails({ blockSize: 4 }, { blockSize: 3 }, "blocks of 3 tokens do not divide");
    await fails({ blockSize: null }, { blockSize: 3 }, "blocks of rows");
    await fails({ pattern: "full" }, { cache: "none" }, "the prompt sees the answer");
    await fails({ shift: true, blockSize: 4 }, {}, "only blocks of a row");
    await fails({}, { blockSize: 0 }, "0");
    await decodeOn({ blockSize: 4 }, 1, "refused", { blockSize: 4 });
  });

  it("refuse a canvas over the positions before any of it is computed", async () => {
    const { frames } = await decoding({ steps: 1 });
    const [rows, columns] = drawnShape(frames[0]!);
    const prompt = promptOf({ config: tinyConfig() }, randomTask("rounds")).tokens.length;
    const maxPositions = prompt + canvasLength(rows, columns) - 1;
    await expect(decoding({ steps: 1 }, { maxPositions })).rejects.toMatchObject({
      code: "too-long",
      message: expect.stringContaining("positions"),
    });
  });
});

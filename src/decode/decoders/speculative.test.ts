/** Drafting and verifying with one model: greedy's answer, in at most one pass more, and in few where the draft is right. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { POSITIONS } from "../../model/config.ts";
import type { PassOutputs } from "../../model/graphs.ts";
import type { Model, Pass } from "../../model/model.ts";
import { randomTask, tinyConfig } from "../../model/tiny.test-helper.ts";
import { sizeToken } from "../../sequence/tokens.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { decodeAll, expectSame, trainedFor, withRandomModel } from "../tiny.test-helper.ts";
import { greedy } from "./greedy.ts";
import { speculative } from "./speculative.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const joint = trainedFor(speculative);

describe.each(POSITIONS)("speculative with %s positions", (positions) => {
  it("gives greedy's answer, in at most one pass more, cached or not, unless there was a tie", async () => {
    let [compared, corrected] = [0, 0];
    const runs = 8;
    for (let seed = 0; seed < runs; seed++) {
      const config = tinyConfig({ ...joint, positions, initializerRange: 0.3 + 0.02 * seed });
      const task = randomTask(`speculative ${seed}`, 1 + (seed % 3));
      await withRandomModel(engine, config, seed, async (model) => {
        const written = await decodeAll(greedy, model, task);
        const cached = await decodeAll(speculative, model, task);
        const plain = await decodeAll(speculative, model, task, { cache: "none" });
        expect(cached.ledger.passes).toBeLessThanOrEqual(written.ledger.passes + 1);
        if (!expectSame(cached, plain) || written.frames.some(({ ties }) => ties)) return;
        compared++;
        expect(cached.candidates[0]!.answer).toEqual(written.candidates[0]!.answer);
        expect(cached.candidates[0]!.runnerUp).toEqual(written.candidates[0]!.runnerUp);
        expect(cached.candidates[0]!.logProbability).toBeCloseTo(written.candidates[0]!.logProbability, 3);
        corrected += cached.frames.length - 1;
      });
    }
    expect(compared).toBeGreaterThan(runs / 2);
    expect(corrected).toBeGreaterThan(0);
  });
});

const [ROWS, COLUMNS] = [4, 5];
const CELLS = ROWS * COLUMNS;
/** The answer's colour in a cell, as the causal reading has it. */
const colourOf = (cell: number) => (cell * 7) % 10;

/** Finds one answer whatever it reads, but drafts other colours in the cells that `errs` names. */
function scripted(errs: (cell: number) => boolean): Model {
  const config = tinyConfig(joint);
  const answer = ({ tokens, mask, past }: Pass, wanted: PassOutputs["logits"]): Float32Array => {
    const read = wanted === "last" ? tokens.slice(-1) : (wanted as readonly number[]).map((i) => tokens[i]!);
    const logits = new Float32Array(read.length * config.vocabSize);
    for (const [i, { id, place }] of read.entries()) {
      const { row, column } = place as { row: number; column: number };
      logits[i * config.vocabSize + sizeToken(id === sizeToken(ROWS) ? COLUMNS : ROWS)] = 5;
      const atEnd = row > 0 && column > COLUMNS;
      const cell = row === 0 ? 0 : atEnd ? row * COLUMNS : (row - 1) * COLUMNS + column;
      const drafts = past !== undefined && mask === undefined;
      logits[i * config.vocabSize + ((colourOf(cell) + Number(drafts && errs(cell))) % 10)] = 5;
    }
    return logits;
  };
  return {
    config,
    async run(pass, want, ledger) {
      ledger.passes++;
      return {
        logits: answer(pass, want.logits),
        ...(want.cache && { segment: { length: pass.tokens.length, tensors: [] } }),
      };
    },
    gather: async () => expect.unreachable(),
    concat: async () => expect.unreachable(),
    free: async () => {},
    close: async () => {},
  };
}

const task = randomTask("scripted");
const solution = Array.from({ length: ROWS }, (_, r) =>
  Array.from({ length: COLUMNS }, (_, c) => colourOf(r * COLUMNS + c)),
);
const decode = (errs: (cell: number) => boolean) => decodeAll(speculative, scripted(errs), task);

describe("speculative", () => {
  /** The prompt's pass and the width's. */
  const BEFORE = 2;

  it("takes a draft and a verification where the draft is right", async () => {
    const { frames, candidates, ledger } = await decode(() => false);
    expect(candidates[0]!.answer).toEqual(solution);
    expect(ledger.passes).toBe(BEFORE + 2);
    expect(frames.map(({ committed }) => committed.length)).toEqual([CELLS]);
  });

  it("replaces the first wrong cell, and drafts the rest again", async () => {
    const { frames, candidates, ledger } = await decode((cell) => cell === 6);
    expect(candidates[0]!.answer).toEqual(solution);
    expect(frames.map(({ committed }) => committed.length)).toEqual([7, CELLS - 7]);
    expect(ledger.passes).toBe(BEFORE + 4);
  });

  it("verifies what is left of a draft that did not pay, and drafts again once that did", async () => {
    const { frames, candidates } = await decode((cell) => cell === 0 || cell === 2 || cell === 5);
    expect(candidates[0]!.answer).toEqual(solution);
    // Draft and verify: 1 cell for two passes. Verify: cells 1 and 2. Draft and verify: 3 to 5. And the rest.
    expect(frames.map(({ committed }) => committed.length)).toEqual([1, 2, 3, CELLS - 6]);
    expect(frames.map(({ pass }) => pass - BEFORE)).toEqual([2, 3, 5, 7]);
  });

  it("makes at most one pass more than there are cells, whatever is drafted", async () => {
    for (let stride = 1; stride <= 4; stride++) {
      const { candidates, ledger } = await decode((cell) => cell % stride === 0);
      expect(candidates[0]!.answer).toEqual(solution);
      expect(ledger.passes).toBeLessThanOrEqual(BEFORE + CELLS + 1);
      if (stride === 1) expect(ledger.passes).toBe(BEFORE + CELLS + 1);
    }
  });

  it("refuses a checkpoint whose readings cannot share a prompt, and says what to do", async () => {
    for (const changes of [{ pattern: "grid-prompt" }, { shift: false }, { pattern: "full" }] as const) {
      const model = { ...scripted(() => false), config: tinyConfig({ ...joint, ...changes }) };
      const decoding = speculative.decode(model, promptOf(model, task));
      await expect(decoding.candidates).rejects.toMatchObject({
        name: "JigsawError",
        code: "unsupported",
        hint: expect.stringContaining("jigsaw-joint"),
      });
    }
  });
});

/** The costs that are shown are those that decoders book. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decoders } from "../../../decode/decoders/index.ts";
import type { Decoder } from "../../../decode/define.ts";
import { decodeAll, trainedFor, withRandomModel } from "../../../decode/tiny.test-helper.ts";
import type { Engine } from "../../../engine/engine.ts";
import { openNodeEngine } from "../../../engine/node/sessions.ts";
import { randomTask, tinyConfig } from "../../../model/tiny.test-helper.ts";
import { type AnswerAttention, type PatternName, patterns } from "../../../sequence/attention-patterns.ts";
import { anatomyOf } from "./anatomy.ts";
import { costsOf, plus } from "./costs.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

/** The decoder of each kind of answer. */
const DECODERS: Readonly<Record<AnswerAttention, Decoder>> = {
  causal: decoders.greedy,
  blocks: decoders.blocks,
  full: decoders.steps,
};

const ROUNDS = 3;

describe.each(Object.keys(patterns) as PatternName[])("under %s", (pattern) => {
  it.each([
    [1, 1],
    [3, 2],
    [2, 5],
  ])("an answer of %i by %i costs what is said", async (rows, columns) => {
    const task = { ...randomTask(`costs ${pattern} ${rows}`, 3), test: [{ input: [[1]] }] };
    const answer = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
    const lengths = anatomyOf(
      { ...structuredClone(task), test: [{ input: [[1]] }] } as never,
      answer,
      pattern,
    );
    const { answer: answerKind, promptSeesAnswer } = patterns[pattern];
    const decoder = DECODERS[answerKind];
    const config = tinyConfig({ ...trainedFor(decoder), pattern });
    await withRandomModel(engine, config, 1, async (model) => {
      for (const cached of [true, false]) {
        const cache = !cached || promptSeesAnswer ? "none" : answerKind === "blocks" ? "blocks" : "prompt";
        const options = { cache, steps: ROUNDS, threshold: 1 };
        const { ledger } = await decodeAll(decoder, model, task, options, { size: { rows, columns } });
        const { prompt, decode } = costsOf(pattern, lengths, ROUNDS, cached);
        const { passes, positions, pairs } = ledger;
        expect({ cached, passes, positions, pairs }).toEqual({ cached, ...plus(prompt, decode) });
      }
    });
  });
});

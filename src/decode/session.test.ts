/** One prompt before a model: encoded once for all who ask, exact however it is cached, and nothing left behind. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Grid } from "../arc/grid.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import type { PassOutputs } from "../model/graphs.ts";
import { initialWeights } from "../model/initialize.ts";
import { type Model, openModel } from "../model/model.ts";
import { type Changes, gap, noisyCanvas, randomTask, SAME, tinyConfig } from "../model/tiny.test-helper.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { blockEnds } from "../sequence/layout.ts";
import type { Answer } from "./branches.ts";
import { decoders } from "./decoders/index.ts";
import type { Decoder } from "./define.ts";
import { gridSizes } from "./grid-format.ts";
import { LINE_MASK, linePrompt } from "./line-format.test-helper.ts";
import type { Node } from "./nodes.ts";
import { logitsOf } from "./plain.test-helper.ts";
import type { Prompt } from "./prompt.ts";
import { openPromptCache } from "./prompt-cache.ts";
import { promptOf, withSize } from "./puzzle-prompt.ts";
import { answerOf } from "./rounds.ts";
import { openSession, type PromptSession } from "./session.ts";
import { decodePrompt, smallSizes, trainedFor, watchSegments } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const task = randomTask("session", 3);

function open(changes: Changes = {}) {
  const { engine: counting, counts } = countingEngine(engine);
  const config = tinyConfig({ layers: 1, ...changes });
  const { model, live } = watchSegments(
    smallSizes(openModel(counting, config, initialWeights(config, 5)), 4),
  );
  return { model, live, counts, prompt: promptOf(model, task) };
}

/** Asks for sizes, decodes at two sizes and weighs an answer, each through the session, as a solver does. */
async function useAll(session: PromptSession, prompt: Prompt<Grid>, decoder: Decoder) {
  const ledger = newLedger();
  const number = prompt.format.grid!.number;
  await using asking = session.share({ ledger });
  const heights = await gridSizes(asking, number).heights();
  const widths = await gridSizes(asking, number).widths(2, 3);
  const answers: unknown[] = [];
  for (const size of [
    { rows: 2, columns: 3 },
    { rows: 3, columns: 2 },
  ]) {
    const decoding = decoder.decode(session, withSize(prompt, size), {}, { ledger });
    for (const { answer } of await decoding.candidates) answers.push(answer);
  }
  await using scoring = session.share({ ledger });
  const layout = prompt.format.layoutOf([2, 2]);
  const [scores] = await scoring.predict([answerOf(scoring, { layout, ids: [1, 2, 3, 4] }, [0, 1, 2, 3])]);
  return { heights, widths, answers, scores, ledger };
}

describe.each([decoders.steps, decoders.greedy, decoders.blocks, decoders.dfs] as Decoder[])(
  "a session shared by sizes, $name at two sizes and scores",
  (decoder) => {
    it("encodes its prompt once, and gives what each would be given alone", async () => {
      const { model, prompt, counts } = open(trainedFor(decoder));
      const session = openSession(model, prompt);
      const shared = await useAll(session, prompt, decoder);
      expect(shared.ledger.prompts).toBe(1);
      await session[Symbol.asyncDispose]();
      expect(counts.kept.size).toBe(0);
      for (const [i, size] of [
        { rows: 2, columns: 3 },
        { rows: 3, columns: 2 },
      ].entries()) {
        const alone = await decodePrompt(decoder, model, withSize(prompt, size));
        expect(alone.ledger.prompts).toBe(1);
        const own = shared.answers.filter((answer) => (answer as unknown[]).length === size.rows);
        expect(own, `${i}`).toEqual(alone.candidates.map(({ answer }) => answer));
      }
      await model.close();
    });

    it("encodes it again for each user where the budget is 0 bytes, says so, and gives the same", async () => {
      const { model, prompt, counts } = open(trainedFor(decoder));
      const wide = openSession(model, prompt);
      const wanted = await useAll(wide, prompt, decoder);
      await wide[Symbol.asyncDispose]();
      const prompts = openPromptCache(model, 0);
      const session = openSession(model, prompt, { prompts });
      const ledger = newLedger();
      const users = [
        () => decodePrompt(decoder, session, withSize(prompt, { rows: 2, columns: 3 })),
        () => decodePrompt(decoder, session, withSize(prompt, { rows: 3, columns: 2 })),
      ];
      const answers: unknown[] = [];
      for (const use of users) {
        const found = await use();
        ledger.prompts += found.ledger.prompts;
        answers.push(...found.candidates.map(({ answer }) => answer));
        expect(counts.kept.size).toBe(0);
      }
      expect(ledger.prompts).toBe(users.length);
      expect(answers).toEqual(wanted.answers);
      await session[Symbol.asyncDispose]();
      await model.close();
    });
  },
);

describe("a session", () => {
  it("computes nothing before it is asked, and nothing of a prompt that is not to be cached", async () => {
    const { model, prompt, counts, live } = open();
    const ledger = newLedger();
    const session = openSession(model, prompt, { ledger, cache: "none" });
    expect(counts.runs).toBe(0);
    const answer = { tokens: noisyCanvas("none", 2, 2, 4), predict: [2] };
    await session.predict([answer]);
    expect([ledger.prompts, ledger.passes, live.size]).toEqual([0, 1, 0]);
    await session[Symbol.asyncDispose]();
    await model.close();
  });

  it("frees nothing of the others when it is closed", async () => {
    const { model, prompt, live, counts } = open();
    const ledger = newLedger();
    const session = openSession(model, prompt, { ledger });
    const other = session.share({});
    const answer = { tokens: noisyCanvas("shared", 2, 2, 4), predict: [2, 3] };
    const before = await session.predict([answer]);
    expect(await other.predict([answer])).toEqual(before);
    await other[Symbol.asyncDispose]();
    expect(await session.predict([answer])).toEqual(before);
    expect([ledger.prompts, live.size]).toEqual([1, 1]);
    await session[Symbol.asyncDispose]();
    expect([live.size, counts.kept.size]).toEqual([0, 0]);
    await model.close();
  });

  it("refuses another prompt, and takes the same one made again", async () => {
    const { model, prompt } = open();
    await using session = openSession(model, prompt);
    const again = session.share({ prompt: promptOf(model, task) });
    expect(again.prompt.tokens).toBe(prompt.tokens);
    const other = promptOf(model, randomTask("another", 3));
    expect(() => session.share({ prompt: other })).toThrow("is of another prompt");
    await expect(decoders.steps.decode(session, other).candidates).rejects.toMatchObject({
      code: "bad-option",
    });
    await model.close();
  });

  it("asks again for a size where the one who asked first was aborted", async () => {
    const { model, prompt } = open();
    await using session = openSession(model, prompt);
    const stop = new AbortController();
    const number = prompt.format.grid!.number;
    const first = gridSizes(session.share({ signal: stop.signal }), number).heights();
    const second = gridSizes(session.share({}), number).heights();
    stop.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect((await second).probabilities.length).toBe(30);
    await model.close();
  });

  it("encodes once where several ask at once, and again where the first was aborted", async () => {
    const { model, prompt, counts } = open();
    const ledger = newLedger();
    const session = openSession(model, prompt, { ledger });
    const answer = { tokens: noisyCanvas("at once", 2, 2, 4), predict: [2] };
    const stop = new AbortController();
    counts.onRun = (run) => run === 1 && stop.abort(new Error("enough"));
    await using first = session.share({ signal: stop.signal });
    await using second = session.share({});
    const [one, two] = await Promise.allSettled([first.predict([answer]), second.predict([answer])]);
    expect(one).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    expect(two.status).toBe("fulfilled");
    expect(ledger.prompts).toBe(1);
    await session[Symbol.asyncDispose]();
    await model.close();
  });

  const decodersOfFragments = [
    { decoder: decoders.steps, objectives: ["masked-diffusion"] },
    { decoder: decoders.blocks, objectives: ["block-diffusion"] },
    { decoder: decoders.greedy, objectives: ["autoregressive"] },
    { decoder: decoders.beam, objectives: ["autoregressive"] },
    { decoder: decoders.dfs, objectives: ["autoregressive"] },
  ] as { decoder: Decoder; objectives: Changes["objectives"] }[];
  it.each(decodersOfFragments)(
    "stops $decoder.name within a pass where it is aborted while fragments are encoded",
    async ({ decoder, objectives }) => {
      // The begin token, three demonstrations (each then joined), the test input.
      for (const last of [1, 2, 4, 6]) {
        const { model, prompt, counts } = open({ pattern: "fragments", objectives: objectives! });
        const stop = new AbortController();
        counts.onRun = (run) => run === last && stop.abort(new Error("enough"));
        await expect(decodePrompt(decoder, model, prompt, {}, stop.signal)).rejects.toThrow("enough");
        // Joining what was encoded is no pass.
        expect(counts.runs).toBeLessThanOrEqual(last + 1);
        expect(counts.kept.size).toBe(0);
        await model.close();
      }
    },
  );
});

describe.each(Object.keys(patterns) as PatternName[])("under %s", (pattern) => {
  const { promptSeesAnswer } = patterns[pattern];
  const plainly = pattern !== "fragments" && pattern !== "blocks";

  it("predicts the same whatever is cached, several answers at once, after what was appended too", async () => {
    for (const [positions, shift] of [
      ["grid", false],
      ["sequence", true],
    ] as const) {
      const config = tinyConfig({ layers: 2, pattern, positions, shift });
      const model = openModel(engine, config, initialWeights(config, 6));
      await fc.assert(
        fc.asyncProperty(
          fc.nat(1000),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 4 }),
          async (seed, rows, columns) => {
            const prompt = promptOf(model, randomTask(`same ${seed}`, 1 + (seed % 3)));
            const { number } = prompt.format.grid!;
            const answers: Answer[] = ["a", "b"].map((name) => {
              const tokens = noisyCanvas(`${name} ${seed}`, rows, columns, number);
              const predict = [...tokens.keys()].slice(2).filter((i) => (i + seed) % 3 > 0);
              return { tokens, predict, blockEnds: blockEnds(tokens, null, shift) };
            });
            await using none = openSession(model, prompt, { cache: "none" });
            const wanted = await none.predict(answers);
            for (const answer of answers)
              expect(gap((await none.predict([answer]))[0]!, wanted[answers.indexOf(answer)]!)).toBeLessThan(
                SAME,
              );
            if (plainly) {
              const [{ tokens, predict }] = answers as [Answer];
              const all = await logitsOf(model, prompt.tokens, tokens);
              const before = Number(shift || pattern === "causal");
              const rowOf = (i: number) => (prompt.tokens.length + i - before) * config.vocabSize;
              const rows = predict.flatMap((i) => [...all.subarray(rowOf(i), rowOf(i) + config.vocabSize)]);
              expect(gap(wanted[0]!, Float32Array.from(rows))).toBeLessThan(SAME);
            }
            if (promptSeesAnswer) return;
            await using cached = openSession(model, prompt, { cache: "prompt" });
            for (const [i, logits] of (await cached.predict(answers)).entries())
              expect(gap(logits, wanted[i]!)).toBeLessThan(SAME);
            const grow = async (session: PromptSession) => {
              await using branches = session.branches();
              const [first] = await branches.append([
                { after: undefined, tokens: answers[0]!.tokens.slice(0, 3) },
              ]);
              const after: Node | undefined = first!.nodes.at(-1);
              const two = await branches.append(
                answers.map(({ tokens }) => ({ after, tokens: tokens.slice(3), predict: [0] })),
              );
              await branches.keep([two[1]!.nodes.at(-1)!]);
              const next = {
                after: two[1]!.nodes.at(-1),
                tokens: answers[0]!.tokens.slice(0, 2),
                predict: [1],
              };
              const [last] = await branches.predict([next], "causal");
              return [first!.logits, two[0]!.logits, two[1]!.logits, last!];
            };
            const [here, there] = [await grow(cached), await grow(none)];
            for (const [i, logits] of here.entries()) expect(gap(logits, there[i]!)).toBeLessThan(SAME);
          },
        ),
        { numRuns: 4 },
      );
      await model.close();
    }
  });
});

/** The model, and how many rows of logits each of its passes gave. */
function watchRows(model: Model): { model: Model; asked: PassOutputs["logits"][]; rows: number[] } {
  const [asked, rows]: [PassOutputs["logits"][], number[]] = [[], []];
  return {
    asked,
    rows,
    model: {
      ...model,
      async run(pass, want, ...rest) {
        const outputs = await model.run(pass, want, ...rest);
        asked.push(want.logits);
        rows.push(outputs.logits.length / model.config.vocabSize);
        return outputs;
      },
    },
  };
}

describe("logits", () => {
  it.each(["prompt", "none"] as const)(
    "are computed for the slots asked for alone (cache %s)",
    async (cache) => {
      const { model: plain, prompt } = open();
      const { model, asked, rows } = watchRows(plain);
      const sized = withSize(prompt, { rows: 3, columns: 4 });
      const { frames } = await decodePrompt(decoders.steps, model, sized, { cache, steps: 4 });
      const open4 = frames.map(({ slots }) => slots.filter((id) => id >= 0).length);
      const expected = [0, ...open4.slice(0, -1)].map((filled) => 12 - filled);
      const own = cache === "prompt" ? 1 : 0;
      if (own) expect(asked[0]).toBe("last");
      expect(asked.slice(own).every((wanted) => Array.isArray(wanted))).toBe(true);
      expect(rows.slice(own)).toEqual(expected);
      await plain.close();
    },
  );

  it("of a large vocabulary are never more than a block's", async () => {
    const config = tinyConfig({
      ...{ objectives: ["block-diffusion"], pattern: "blocks", positions: "sequence", blockSize: 32 },
      ...{ vocabSize: 151_936, layers: 1, hiddenSize: 8, heads: 1, kvHeads: 1, headDim: 8 },
      intermediateSize: 8,
    });
    const own = { ...config, jigsaw: { ...config.jigsaw, maskToken: LINE_MASK } };
    const plain = openModel(engine, own, initialWeights(own, 1));
    const { model, rows } = watchRows(plain);
    const prompt = linePrompt("abc", 256);
    const { candidates } = await decodePrompt(decoders.blocks, model, prompt, { steps: 1 });
    expect(candidates[0]!.answer.length).toBe(256);
    expect(Math.max(...rows)).toBe(32);
    expect(rows.reduce((a, b) => a + b)).toBe(1 + 256);
    await plain.close();
  });
});

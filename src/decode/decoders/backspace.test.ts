/** The typewriter that takes back: cached or not, with a script to follow, and never without end. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLOURS } from "../../arc/grid.ts";
import { random } from "../../core/random.ts";
import type { Engine } from "../../engine/engine.ts";
import { newLedger } from "../../engine/ledger.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { POSITIONS } from "../../model/config.ts";
import type { Model, Pass } from "../../model/model.ts";
import { gap, randomTask, tail, tinyConfig } from "../../model/tiny.test-helper.ts";
import { backspace as objective } from "../../objectives/backspace.ts";
import { objectiveOptions } from "../../objectives/objective.ts";
import { patterns, visibleKeys, writeMask } from "../../sequence/attention-patterns.ts";
import { promptSpan } from "../../sequence/layout.ts";
import { sizeToken, TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { OPEN } from "../frames.ts";
import type { Node } from "../nodes.ts";
import { promptOf } from "../puzzle-prompt.ts";
import { openSession } from "../session.ts";
import { type Decoded, decodeAll, expectSame, withRandomModel } from "../tiny.test-helper.ts";
import { openTyping } from "../typing.ts";
import { backspace } from "./backspace.ts";
import { greedy } from "./greedy.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const causal = { pattern: "causal", objectives: ["autoregressive", "backspace"] } as const;

/** The model, but for backspaces, which are likelier by `more`. */
const eager = (model: Model, more: number): Model => ({
  ...model,
  async run(...args) {
    const outputs = await model.run(...args);
    for (let at = TOKEN.backspace; at < outputs.logits.length; at += VOCABULARY) outputs.logits[at]! += more;
    return outputs;
  },
});

const retractions = ({ frames }: Decoded) => frames.reduce((sum, { retracted }) => sum + retracted.length, 0);

/** Asserts what holds of any decoding: each frame changes one cell at the end of what stands, and nothing comes twice. */
function expectOrderly({ frames, candidates }: Decoded): void {
  const seen = new Set<string>();
  let standing: number[] = [];
  for (const { slots, committed, retracted } of frames) {
    if (committed.length) {
      expect([committed, retracted]).toEqual([[standing.length], []]);
      standing = [...standing, slots[standing.length]!];
      expect(seen).not.toContain(standing.join());
    } else if (retracted.length) {
      seen.add(standing.join());
      expect(retracted).toEqual([standing.length - 1]);
      standing = standing.slice(0, -1);
    }
    expect(slots).toEqual([...standing, ...slots.slice(standing.length).fill(OPEN)]);
  }
  expect(candidates[0]!.answer.flat()).toEqual(standing);
  const [{ slots, confidence }] = [frames.at(-1)!];
  expect(slots.every((id) => id !== OPEN && id < COLOURS)).toBe(true);
  expect(candidates[0]!.logProbability).toBeLessThanOrEqual(
    confidence.reduce((sum, p) => sum + Math.log(p), 0) + 1e-9,
  );
}

describe.each(POSITIONS)("backspace with %s positions", (positions) => {
  it.each(objectiveModes())("%s: shows the same frames with a cache as without", async (mode) => {
    let [compared, taken] = [0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const config = tinyConfig({ ...causal, positions, initializerRange: 0.3 + 0.02 * seed });
      const task = randomTask(`backspace ${seed}`, 1 + (seed % 2));
      await withRandomModel(
        engine,
        config,
        seed,
        async (model) => {
          const decode = (cache: string) => decodeAll(backspace, eager(model, 3), task, { cache, mode });
          const cached = await decode("prompt");
          expectOrderly(cached);
          taken += retractions(cached);
          compared += Number(expectSame(cached, await decode("none")));
        },
        3,
      );
    }
    expect(compared).toBeGreaterThan(3);
    expect(taken).toBeGreaterThan(5);
  });

  it.each(objectiveModes())("%s: asks in decoding what training asks", async (mode) => {
    const config = tinyConfig({ ...causal, positions });
    await withRandomModel(engine, config, 9, async (model) => {
      const options = objectiveOptions(objective, { backspaceRate: 0.5, backspaceMode: mode });
      const task = randomTask("agree", 2, 4);
      const { tokens, spans: parts } = objective.example(task, 0.9, random("agree"), options);
      expect(tokens.some(({ id }) => id === TOKEN.backspace)).toBe(true);
      const mask = new Uint8Array(tokens.length ** 2);
      writeMask(visibleKeys(parts, patterns.causal), mask, tokens.length);
      const want = { logits: true, cache: false };
      const { logits } = await model.run({ tokens, mask }, want, newLedger(), "decode");
      const mark = tokens.findLastIndex(({ id }) => id === TOKEN.output);
      const { visibleUntil = [] } = parts[0]!;
      await using session = openSession(model, {
        ...promptOf(model, task),
        tokens: tokens.slice(0, mark),
        span: promptSpan(tokens.slice(0, mark)),
      });
      await using typing = openTyping(session);
      /** What was typed and is still to be seen: each token, and the one that it follows. */
      const before: (Node | undefined)[] = [];
      let compared = 0;
      for (let i = mark; i < tokens.length; i++) {
        // The last token that sees what is hidden from now on is the backspace, which stays.
        const hidden = [...tokens.keys()].find((j) => j >= mark && visibleUntil[j] === i - 1);
        if (hidden !== undefined) typing.goBackTo(before[hidden - mark]);
        before.push(typing.last);
        const found = await typing.type([tokens[i]!]);
        expect(gap(found, tail(logits, tokens.length - i).slice(0, VOCABULARY))).toBeLessThan(1e-4);
        compared++;
      }
      expect(compared).toBeGreaterThan(5);
    });
  });
});

function objectiveModes() {
  return ["kept", "dropped"] as const;
}

describe("backspace", () => {
  const task = randomTask("taken back", 2);
  const config = tinyConfig({ ...causal, layers: 1 });

  it("is greedy where it may take nothing back", async () => {
    await withRandomModel(engine, config, 3, async (model) => {
      const here = await decodeAll(backspace, eager(model, 50), task, { budget: 0 });
      const there = await decodeAll(greedy, model, task);
      expect(here.frames).toEqual(there.frames);
      expect(here.candidates).toEqual(there.candidates);
      expect(here.ledger.passes).toBe(there.ledger.passes);
    });
  });

  it("ends however much it wants to take back, after two backspaces a cell at most", async () => {
    await withRandomModel(
      engine,
      config,
      4,
      async (model) => {
        await fc.assert(
          fc.asyncProperty(
            fc.double({ min: -5, max: 40, noNaN: true }),
            fc.constantFrom(0, 0.25, 1, 2),
            fc.constantFrom("kept", "dropped"),
            fc.constantFrom(undefined, 0, 0.5),
            async (more, budget, mode, threshold) => {
              const decoding = await decodeAll(backspace, eager(model, more), task, {
                budget,
                mode,
                ...(threshold !== undefined && { threshold }),
              });
              expectOrderly(decoding);
              const { slots } = decoding.frames[0]!;
              expect(retractions(decoding)).toBeLessThanOrEqual(budget * slots.length);
            },
          ),
          { numRuns: 12 },
        );
      },
      3,
    );
  });

  it("takes nothing back that the model has no positions for", async () => {
    const room = { ...config, maxPositions: 0 };
    await withRandomModel(
      engine,
      config,
      4,
      async (model) => {
        const free = await decodeAll(greedy, model, task);
        const { slots } = free.frames[0]!;
        const prompt = free.ledger.positions;
        const run = (spare: number) =>
          decodeAll(
            backspace,
            { ...eager(model, 40), config: { ...room, maxPositions: prompt + spare } },
            task,
          );
        // Greedy writes all tokens but the last cell and its row end.
        expect(retractions(await run(2))).toBe(0);
        expect(retractions(await run(4 * slots.length * 2))).toBeGreaterThan(0);
      },
      2,
    );
  });
});

/** A model that tells the likeliest next token by what was written of the answer, ids from its mark on. */
function scripted(next: (written: readonly number[]) => number): Model & { readonly passes: Pass[] } {
  const held = new Map<object, number[]>();
  const passes: Pass[] = [];
  return {
    config: tinyConfig(causal),
    passes,
    async run(pass, want) {
      passes.push(pass);
      const ids = pass.tokens.map(({ id }) => id);
      const written = [...(pass.past ?? []).flatMap((segment) => held.get(segment)!), ...ids];
      const rows = want.logits === "last" ? [ids.length - 1] : (want.logits as readonly number[]);
      const logits = new Float32Array(rows.length * VOCABULARY);
      for (const [i, row] of rows.entries()) {
        const before = written.slice(0, written.length - ids.length + row + 1);
        logits[i * VOCABULARY + next(before.slice(before.lastIndexOf(TOKEN.output)))] = 10;
      }
      const kept = pass.append ? [...held.get(pass.past!.at(-1)!)!, ...ids] : ids;
      const segment = { length: kept.length, tensors: [] };
      held.set(segment, kept);
      return { logits, segment };
    },
    gather: async () => expect.unreachable(),
    concat: async () => expect.unreachable(),
    free: async () => {},
    close: async () => {},
  };
}

describe("a scripted typewriter", () => {
  const [B, E] = [TOKEN.backspace, TOKEN.rowEnd];
  const task = randomTask("script", 1);
  const script = (ids: readonly number[]) => {
    const all = [TOKEN.output, sizeToken(2), sizeToken(2), ...ids, TOKEN.end];
    const model = scripted((written) => {
      expect(written).toEqual(all.slice(0, written.length));
      return all[written.length]!;
    });
    return decodeAll(backspace, model, task);
  };

  it("makes an error, goes on, takes both back and sets it right", async () => {
    const { frames, candidates } = await script([1, 2, E, 7, B, B, 5, E, 3, 4, E]);
    expect(candidates[0]!.answer).toEqual([
      [1, 5],
      [3, 4],
    ]);
    const M = OPEN;
    expect(frames.map(({ slots, committed, retracted }) => [slots, committed, retracted])).toEqual([
      [[1, M, M, M], [0], []],
      [[1, 2, M, M], [1], []],
      [[1, 2, 7, M], [2], []],
      [[1, 2, M, M], [], [2]],
      [[1, M, M, M], [], [1]],
      [[1, 5, M, M], [1], []],
      [[1, 5, 3, M], [2], []],
      [[1, 5, 3, 4], [3], []],
      [[1, 5, 3, 4], [], []],
    ]);
  });

  it("takes the last cell back before it ends", async () => {
    const { candidates } = await script([1, 2, E, 3, 4, E, B, 6, E]);
    expect(candidates[0]!.answer.flat()).toEqual([1, 2, 3, 6]);
  });

  it("does not type again what it took back after the same cells, but may after others", async () => {
    const stubborn = scripted((written) => {
      if (written.length < 3) return sizeToken(written.length);
      // Always 7, and always taken back.
      return written.findLast((id) => id !== E) === 7 ? B : 7;
    });
    const decoding = await decodeAll(backspace, stubborn, task, { budget: 1 });
    expectOrderly(decoding);
    expect(retractions(decoding)).toBe(2);
    expect(decoding.candidates[0]!.answer.flat()).toEqual([0, 0]);
  });

  it("keeps the last colour that is left", async () => {
    const fickle = scripted((written) => (written.length < 3 ? sizeToken(1 + 4 * (written.length % 2)) : B));
    const decoding = await decodeAll(backspace, fickle, task, { budget: 2 });
    expectOrderly(decoding);
    // Nine colours of the first cell are taken back, the tenth stays.
    expect(retractions(decoding)).toBe(10);
    expect(decoding.candidates[0]!.answer.flat()).toEqual([9, 1, 0, 0, 0]);
  });

  it("feeds each backspace at the place of the cell that it takes back", async () => {
    const all = [TOKEN.output, sizeToken(1), sizeToken(2), 1, 2, E, B, B, 4, 5, E, TOKEN.end];
    const model = scripted((written) => all[written.length]!);
    await decodeAll(backspace, model, task);
    const fed = model.passes.flatMap(({ tokens }) => tokens).filter(({ id }) => id === B);
    expect(fed.map(({ place: { row, column } }) => [row, column])).toEqual([
      [1, 2],
      [1, 1],
    ]);
  });

  it.each([{ threshold: 1 }, { threshold: -0.1 }, { budget: 3 }, { mode: "flagged" }])(
    "refuses %o",
    async (options) => {
      await expect(
        decodeAll(
          backspace,
          scripted(() => 0),
          task,
          options,
        ),
      ).rejects.toMatchObject({
        code: "bad-option",
      });
    },
  );
});

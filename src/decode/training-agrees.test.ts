/** What a model is asked in training is what it is asked in decoding: same logits under every pattern, shifted or not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { gap, randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { maskedDiffusion } from "../objectives/masked-diffusion.ts";
import { type Example, objectiveOptions } from "../objectives/objective.ts";
import { patterns, sequencePositions, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import { blockEnds } from "../sequence/layout.ts";
import { TOKEN, type Token } from "../sequence/tokens.ts";
import { steps } from "./decoders/steps.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { openSession } from "./session.ts";
import { decodeAll, expectSame, smallSizes } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 2 });
});
afterAll(() => engine.close());

const cases = maskedDiffusion.patterns.flatMap((pattern) =>
  (["sequence", "grid"] as const).flatMap((positions) =>
    [false, true].map((shift) => ({ pattern, positions, shift })),
  ),
);

const configOf = ({ pattern, positions, shift }: (typeof cases)[number]) =>
  tinyConfig({ pattern, positions, shift, blockSize: pattern === "blocks" && !shift ? 3 : null });

/** Where the parts that answer begin among the tokens. */
function answersOf({
  spans: parts,
}: Example): { start: number; length: number; seen: number; clean: number }[] {
  const starts: number[] = [];
  let total = 0;
  for (const { length } of parts) {
    starts.push(total);
    total += length;
  }
  return parts.slice(1).map(({ length, cleanCopy }, i) => ({
    start: starts[i + 1]!,
    length,
    seen: cleanCopy?.length ?? 0,
    clean: cleanCopy ? starts[cleanCopy.span]! : 0,
  }));
}

describe.each(cases)("$pattern, positions $positions, shift $shift", ({ pattern, positions, shift }) => {
  const config = configOf({ pattern, positions, shift });
  const options = objectiveOptions(maskedDiffusion, {
    pattern,
    fullMask: 0,
    sizeWeight: 1,
    shift,
    blockSize: config.jigsaw.blockSize ?? undefined,
  });

  it("has the logits of training in decoding", async () => {
    const model = openModel(engine, config, initialWeights(config, 3));
    let compared = 0;
    for (let i = 0; i < 4; i++) {
      const task = randomTask(`agree ${i}`, 3);
      const example = maskedDiffusion.example(task, 0.6, random("agree", i), options);
      const { tokens, spans: parts } = example;
      const mask = new Uint8Array(tokens.length ** 2);
      writeMask(visibleKeys(parts, patterns[pattern]), mask, tokens.length);
      const indices = sequencePositions(parts, patterns[pattern]);
      const want = { logits: true, cache: false };
      const { logits } = await model.run({ tokens, mask, indices }, want, newLedger(), "decode");

      const prompt = promptOf(model, task);
      await using session = openSession(model, prompt);
      const rows = (all: Float32Array, from: number, to: number) =>
        all.subarray(from * config.vocabSize, to * config.vocabSize);
      for (const { start, length, seen, clean } of answersOf(example)) {
        const own = tokens.slice(start, start + length);
        const isCopy = pattern === "blocks" && seen === 0 && length > 2;
        if (own[0]!.place.grid !== prompt.format.grid!.number || isCopy) continue;
        const before = tokens.slice(clean, clean + seen);
        const asked: Token[] = [...before, ...own];
        // The shift is undone: what a token tells is what is predicted for the next.
        const [found] = await session.predict([
          {
            tokens: asked,
            predict: own.map((_, i) => seen + i + Number(shift)),
            blockEnds: blockEnds(asked, config.jigsaw.blockSize, shift),
          },
        ]);
        expect(gap(found!, rows(logits, start, start + length))).toBeLessThan(1e-4);
        compared++;
      }
      if (shift && !patterns[pattern].promptSeesAnswer) {
        const mark = tokens.findLastIndex(({ id }) => id === TOKEN.output);
        const [opening] = await session.predict([{ tokens: [], predict: [0] }]);
        expect(gap(opening!, rows(logits, mark, mark + 1))).toBeLessThan(1e-4);
      }
    }
    await model.close();
    expect(compared).toBeGreaterThanOrEqual(4);
  });
});

describe.each(cases.filter(({ pattern }) => !patterns[pattern].promptSeesAnswer))(
  "$pattern, positions $positions, shift $shift",
  ({ pattern, positions, shift }) => {
    const config = configOf({ pattern, positions, shift });

    it("fills canvases with and without a cached prompt alike", async () => {
      const model = smallSizes(openModel(engine, config, initialWeights(config, 4)), 4);
      let same = 0;
      for (let i = 0; i < 6; i++) {
        const task = randomTask(`cached ${i}`, 2);
        const decode = (cache: "prompt" | "none") => decodeAll(steps, model, task, { cache, steps: 3 });
        const cached = await decode("prompt");
        same += Number(expectSame(cached, await decode("none")));
        expect(cached.candidates[0]!.answer.flat().every((colour) => colour < TOKEN.rowEnd)).toBe(true);
      }
      await model.close();
      expect(same).toBeGreaterThan(3);
    });
  },
);

describe("fragments", () => {
  it("leave no trace of the order of demonstrations", async () => {
    const config = tinyConfig({ pattern: "fragments", positions: "sequence" });
    const model = openModel(engine, config, initialWeights(config, 5));
    const task = randomTask("order", 4);
    const turned = { ...task, train: task.train.toReversed() };
    const opened = async (of: typeof task) => {
      const prompt = promptOf(model, of);
      await using session = openSession(model, prompt);
      const mask = { ...prompt.tokens.at(-1)!, id: TOKEN.mask };
      return (await session.predict([{ tokens: [mask], predict: [0] }]))[0];
    };
    expect(await opened(turned)).toEqual(await opened(task));
    await model.close();
  });
});

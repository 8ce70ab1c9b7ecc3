/** Soft embeddings: zeros change nothing; those that turn a mask into a colour give the colour's logits. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { answerGrid, promptTokens, TOKEN } from "../sequence/tokens.ts";
import { POSITIONS } from "./config.ts";
import {
  BOTH,
  CACHE,
  gap,
  noisyCanvas,
  randomTask,
  SAME,
  tail,
  tinyConfig,
  withTiny,
} from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const prompt = promptTokens(randomTask("soft", 2));
const answer = noisyCanvas("soft", 3, 4, answerGrid(2));
const masked = [...answer.keys()].filter((i) => answer[i]!.id === TOKEN.mask);
const kinds = POSITIONS.flatMap((positions) =>
  [true, false].flatMap((tieWordEmbeddings) =>
    [true, false].map((oneProgram) => ({ positions, tieWordEmbeddings, oneProgram })),
  ),
);

describe.each(kinds)("soft tokens, $positions, tied $tieWordEmbeddings, one program $oneProgram", (kind) => {
  const { oneProgram, ...changes } = kind;
  const config = tinyConfig({ pattern: "causal-prompt", ...changes });
  const zeros = () => new Float32Array(answer.length * config.vocabSize);

  it("of no shares are the tokens", () =>
    withTiny(
      engine,
      config,
      async (_, run) => {
        const { logits } = await run({ tokens: answer });
        const found = (await run({ tokens: answer, softEmbeddings: zeros() })).logits;
        if (oneProgram) expect(gap(found, logits)).toBeLessThan(SAME);
        else expect(found).toEqual(logits);
      },
      { oneProgram },
    ));

  it("that take the mask for a colour are the colour, after a prompt too", () =>
    withTiny(
      engine,
      config,
      async (model, run) => {
        const { segment } = await run({ tokens: prompt }, CACHE);
        const { int } = random("colours");
        const soft = zeros();
        const filled = answer.map((token, i) => {
          if (!masked.includes(i)) return token;
          const id = int(0, 9);
          soft[i * config.vocabSize + id] = 1;
          soft[i * config.vocabSize + TOKEN.mask] = -1;
          return { ...token, id };
        });
        expect(masked.length).toBeGreaterThan(2);
        const past = [segment!];
        const hard = await run({ tokens: filled, past }, BOTH);
        const found = await run({ tokens: answer, past, softEmbeddings: soft }, BOTH);
        expect(gap(found.logits, hard.logits)).toBeLessThan(SAME);
        expect(gap((await run({ tokens: answer, past })).logits, hard.logits)).toBeGreaterThan(0.1);
        const last = await run(
          { tokens: answer, past, softEmbeddings: soft },
          { logits: "last", cache: false },
        );
        expect(gap(last.logits, tail(hard.logits, 1))).toBeLessThan(SAME);
        // What comes after sees the colours.
        const next = { tokens: [answer[0]!] };
        const afterHard = await run({ ...next, past: [segment!, hard.segment!] });
        const after = await run({ ...next, past: [segment!, found.segment!] });
        expect(gap(after.logits, afterHard.logits)).toBeLessThan(SAME);
        await model.free(segment!, hard.segment!, found.segment!);
      },
      { oneProgram },
    ));
});

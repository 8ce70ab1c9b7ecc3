import { describe, expect, it } from "vitest";
import type { PatternName } from "../../../sequence/attention-patterns.ts";
import { TOKEN } from "../../../sequence/tokens.ts";
import { type Anatomy, anatomyOf, bandName, bandOf, seenBy, sees, tokenName } from "./anatomy.ts";

const TASK = {
  id: "swap",
  train: [
    { input: [[1, 2]], output: [[2, 1]] },
    { input: [[3], [4]], output: [[4], [3]] },
  ],
  test: [{ input: [[5, 6]] }],
};
const ANSWER = [[6, 5]];
const of = (pattern: PatternName) => anatomyOf(TASK, ANSWER, pattern);

/** The index of the n-th token of a band that holds an id. */
const find = (anatomy: Anatomy, kind: string, id: number, demonstration?: number): number =>
  anatomy.tokens.findIndex((token, i) => {
    const band = bandOf(anatomy, i);
    return band.kind === kind && band.demonstration === demonstration && token.id === id;
  });

describe("a puzzle's tokens", () => {
  const anatomy = of("causal");

  it("fall into bands that cover all of them", () => {
    expect(anatomy.bands.map(({ kind, demonstration = 0 }) => `${kind}${demonstration}`)).toEqual([
      ...["begin0", "input1", "output1", "input2", "output2", "test0", "answer0"],
    ]);
    expect(anatomy.bands[0]!.from).toBe(0);
    for (const [i, { from }] of anatomy.bands.slice(1).entries()) expect(from).toBe(anatomy.bands[i]!.to);
    // Two sizes, two cells and a row end after the prompt's last token, the mark.
    expect(anatomy.bands.at(-1)).toMatchObject({ from: anatomy.prompt - 1, to: anatomy.prompt + 5 });
    expect(anatomy.tokens).toHaveLength(anatomy.prompt + 5);
  });

  it("are counted by demonstration", () => {
    // A mark, two sizes, cells and row ends; twice, and once with the mark of the answer.
    expect(anatomy.fragments).toEqual([2 * (3 + 3), 2 * (3 + 4), 3 + 3 + 1]);
    expect(1 + anatomy.fragments.reduce((a, b) => a + b)).toBe(anatomy.prompt);
  });

  it("have names that people understand", () => {
    expect(tokenName(anatomy, 0)).toBe("the first token");
    expect(tokenName(anatomy, find(anatomy, "input", 2, 1))).toBe(
      "row 1, column 2 of the input of demonstration 1 (red)",
    );
    expect(tokenName(anatomy, find(anatomy, "answer", TOKEN.mask))).toBe(
      "row 1, column 1 of the answer (open)",
    );
    expect(tokenName(anatomy, find(anatomy, "test", TOKEN.sizeBase + 1))).toBe(
      "the height of the test input (1)",
    );
    expect(tokenName(anatomy, find(anatomy, "output", TOKEN.rowEnd, 2))).toBe(
      "the end of row 1 of the output of demonstration 2",
    );
    expect(bandName(anatomy.bands.at(-1)!)).toBe("the answer");
  });
});

describe("who sees whom", () => {
  it("is what each pattern says", () => {
    const verdicts = (pattern: PatternName) => {
      const anatomy = of(pattern);
      const [early, late] = [find(anatomy, "input", 1, 1), find(anatomy, "output", 1, 1)];
      const other = find(anatomy, "input", 3, 2);
      const cell = find(anatomy, "answer", TOKEN.mask);
      return {
        back: sees(anatomy, late, early),
        ahead: sees(anatomy, early, late),
        inGrid: sees(anatomy, early, early + 1),
        otherPair: sees(anatomy, other, early),
        promptSeesAnswer: sees(anatomy, early, cell),
        answerSeesPrompt: sees(anatomy, cell, early),
        answerAhead: sees(anatomy, cell, cell + 1),
      };
    };
    const yes = { back: true, otherPair: true, answerSeesPrompt: true };
    const no = { ahead: false, inGrid: false, promptSeesAnswer: false, answerAhead: false };
    expect(verdicts("causal")).toEqual({ ...yes, ...no });
    expect(verdicts("causal-prompt")).toEqual({ ...yes, ...no, answerAhead: true });
    expect(verdicts("grid-prompt")).toEqual({ ...yes, ...no, inGrid: true, answerAhead: true });
    expect(verdicts("prefix")).toEqual({ ...yes, ...no, ahead: true, inGrid: true, answerAhead: true });
    expect(Object.values(verdicts("full"))).not.toContain(false);
    expect(verdicts("fragments")).toEqual({
      ...{ ...yes, ...no, ahead: true, inGrid: true, otherPair: false, answerAhead: true },
    });
    // Both cells are in one row, so in one block.
    expect(verdicts("blocks")).toEqual({ ...yes, ...no, answerAhead: true });
  });

  it("is counted", () => {
    const causal = of("causal");
    expect(causal.tokens.map((_, i) => seenBy(causal, i))).toEqual(causal.tokens.map((_, i) => i + 1));
    const full = of("full");
    expect(seenBy(full, 0)).toBe(full.tokens.length);
  });
});

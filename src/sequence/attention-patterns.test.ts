import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import {
  type PatternName,
  patternOf,
  patterns,
  type Span,
  sequencePositions,
  visibleKeys,
  writeMask,
} from "./attention-patterns.ts";

interface Layout {
  /** Lengths of the grids (and marks, of length 1) that the prompt is made of. */
  readonly grids: readonly number[];
  readonly answers: readonly { readonly length: number; readonly from: number }[];
}

const layouts: fc.Arbitrary<Layout> = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 })
  .chain((grids) => {
    const prompt = grids.reduce((a, b) => a + b, 0);
    const answer = fc.record({
      length: fc.integer({ min: 1, max: 4 }),
      from: fc.integer({ min: 0, max: prompt }),
    });
    return fc.record({ grids: fc.constant(grids), answers: fc.array(answer, { maxLength: 4 }) });
  });

/** Each token told by what it is: which grid of the prompt, or which answer, and where. */
function tokensOf({ grids, answers }: Layout) {
  const prompt = grids.flatMap((length, grid) =>
    Array.from({ length }, () => ({ grid, answer: -1, from: 0, at: 0, last: grids.length - 1 })),
  );
  const rest = answers.flatMap(({ length, from }, answer) =>
    Array.from({ length }, (_, at) => ({ grid: -1, answer, from, at, last: 0 })),
  );
  return [...prompt, ...rest].map((token, index) => ({ ...token, index }));
}

type PromptOrAnswer = ReturnType<typeof tokensOf>[number];

/** The rule of each pattern, as the design words it. */
function visible(name: PatternName, q: PromptOrAnswer, k: PromptOrAnswer): boolean {
  const earlier = k.index <= q.index;
  if (q.answer < 0 && k.answer < 0) {
    if (name === "full" || name === "prefix") return true;
    if (name === "fragments") return k.grid === 0 || k.grid === q.grid || (q.grid > 0 && q.grid === q.last);
    return earlier || (name === "grid-prompt" && q.grid === k.grid);
  }
  if (q.answer < 0) return name === "full";
  if (k.answer < 0) return k.index < q.from;
  if (q.answer !== k.answer) return false;
  if (name === "blocks") return Math.floor(k.at / 2) <= Math.floor(q.at / 2);
  return name !== "causal" || earlier;
}

/** An answer's blocks: tokens in twos. */
const blocksOf = ({ length }: { length: number }) =>
  Array.from({ length }, (_, i) => Math.min(length, 2 * Math.floor(i / 2) + 2));

function partsOf({ grids, answers }: Layout): Span[] {
  let end = 0;
  const ends = grids.flatMap((length) => {
    end += length;
    return new Array<number>(length).fill(end);
  });
  const fragments = grids.flatMap((length, grid) => new Array<number>(length).fill(grid));
  return [
    { length: end, ends, fragments },
    ...answers.map((answer) => ({
      length: answer.length,
      promptLength: answer.from,
      ends: blocksOf(answer),
    })),
  ];
}

const names = Object.keys(patterns) as PatternName[];

describe.each(names)("the mask of %s", (name) => {
  it("shows what the pattern's rule says, and hides the rest", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const tokens = tokensOf(layout);
        const total = tokens.length;
        const mask = new Uint8Array(total * total);
        writeMask(visibleKeys(partsOf(layout), patterns[name]), mask, total);
        const wanted = tokens.flatMap((q) => tokens.map((k) => Number(visible(name, q, k))));
        expect(mask.join("")).toBe(wanted.join(""));
      }),
    );
  });

  it("lies where it is asked to, and touches nothing around it", () => {
    fc.assert(
      fc.property(
        layouts,
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 4 }),
        (layout, offset, wider) => {
          const tokens = tokensOf(layout);
          const stride = tokens.length + wider;
          const mask = new Uint8Array(offset + tokens.length * stride + 7);
          writeMask(visibleKeys(partsOf(layout), patterns[name]), mask, stride, offset);
          const wanted = new Uint8Array(mask.length);
          for (const q of tokens) {
            for (const k of tokens) wanted[offset + q.index * stride + k.index] = Number(visible(name, q, k));
          }
          expect(mask.join("")).toBe(wanted.join(""));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("lets every token see itself, so that no row of scores is empty", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const total = tokensOf(layout).length;
        const mask = new Uint8Array(total * total);
        writeMask(visibleKeys(partsOf(layout), patterns[name]), mask, total);
        for (let i = 0; i < total; i++) expect(mask[i * total + i]).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});

describe("patterns", () => {
  it("are found by name; unknown names list the known ones", () => {
    expect(patternOf("prefix")).toBe(patterns.prefix);
    expect(() => patternOf("sideways")).toThrow(JigsawError);
    try {
      patternOf("toString");
      expect.fail("was not refused");
    } catch (error) {
      expect(error).toMatchObject({ code: "bad-option", message: 'unknown attention pattern "toString"' });
      for (const name of names) expect((error as JigsawError).hint).toContain(name);
    }
  });

  it("without known grids read as causal inside the prompt", () => {
    const mask = new Uint8Array(9);
    writeMask(visibleKeys([{ length: 3 }], patterns["grid-prompt"]), mask, 3);
    expect([...mask]).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1]);
  });
});

describe("positions in sequence", () => {
  const prompt = { length: 7, fragments: [0, 1, 1, 1, 2, 3, 3] };

  it("go on from the prompt tokens that an answer hangs on, each answer for itself", () => {
    const parts: Span[] = [
      { length: 4 },
      { length: 2, promptLength: 4 },
      { length: 3, promptLength: 2 },
      { length: 2, promptLength: 2, cleanCopy: { span: 2, length: 3 } },
    ];
    expect(sequencePositions(parts, patterns.prefix)).toEqual([0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 6]);
  });

  it("are the same in every fragment; the test's input follows the longest", () => {
    const answer = { length: 2, promptLength: 7 };
    expect(sequencePositions([prompt, answer], patterns.fragments)).toEqual([0, 1, 2, 3, 1, 4, 5, 6, 7]);
    expect(sequencePositions([prompt, answer], patterns.prefix)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

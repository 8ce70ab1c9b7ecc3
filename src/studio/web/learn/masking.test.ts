import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { guesses, hide, hidingOrder, levels, lossOf, meanLoss } from "./masking.ts";

const even = new Array<number>(10).fill(0.1);
const sure = (colour: number, share: number) => even.map((_, i) => (i === colour ? share : (1 - share) / 9));

describe("hiding cells", () => {
  it("hides as many as it is told, and never shows one again as noise grows", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }),
        fc.nat(99),
        (answer, seed) => {
          const order = hidingOrder(answer.length, seed);
          let before = answer;
          for (let count = 0; count <= answer.length; count++) {
            const now = hide(answer, order, count);
            expect(now.filter((cell) => cell === OPEN)).toHaveLength(count);
            for (const [cell, value] of now.entries()) {
              if (value !== OPEN) expect(value).toBe(answer[cell]);
              if (before[cell] === OPEN) expect(value).toBe(OPEN);
            }
            before = now;
          }
        },
      ),
    );
  });

  it("hides others with another seed", () => {
    expect(hidingOrder(20, 1)).not.toEqual(hidingOrder(20, 2));
    expect(hidingOrder(20, 1)).toEqual(hidingOrder(20, 1));
  });
});

describe("guesses", () => {
  it("are of hidden cells only, each with its cross-entropy", () => {
    const list = guesses([OPEN, 3, OPEN], [4, 3, 7], [sure(4, 0.5), even, sure(2, 0.91)]);
    expect(list.map(({ cell, colour, right }) => [cell, colour, right])).toEqual([
      [0, 4, true],
      [2, 2, false],
    ]);
    expect(list[0]!.loss).toBeCloseTo(Math.log(2), 12);
    expect(list[1]!.loss).toBeCloseTo(Math.log(100), 12);
    expect(meanLoss(list)).toBeCloseTo((Math.log(2) + Math.log(100)) / 2, 12);
  });

  it("of one who knows nothing lose the logarithm of ten", () => {
    expect(meanLoss(guesses([OPEN, OPEN], [1, 2], [even, even]))).toBeCloseTo(Math.LN10, 9);
  });

  it("are finite for what was thought impossible, and none where nothing is said", () => {
    expect(lossOf(0)).toBeLessThan(30);
    expect(guesses([OPEN], [1], [null])).toEqual([]);
    expect(meanLoss([])).toBeUndefined();
  });
});

it("measures at levels from one cell to all", () => {
  expect(levels(30, 4)).toEqual([1, 11, 20, 30]);
  expect(levels(3, 10)).toEqual([1, 2, 3]);
  expect(levels(1, 10)).toEqual([1]);
});

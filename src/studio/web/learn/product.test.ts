import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyToGrid, identityAugmentation, randomAugmentation } from "../../../arc/augment.ts";
import { random } from "../../../core/random.ts";
import { answersOf, byProduct, byVotes, logLikelihood, viewName } from "./product.ts";

const GRID = [
  [1, 2, 3],
  [0, 0, 4],
];

describe("answers of several views", () => {
  it("are the same answer, however they were turned and recoloured", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(999), { minLength: 1, maxLength: 6 }), (seeds) => {
        const views = seeds.map((seed) => randomAugmentation(random("product", seed), 3));
        const given = views.map((view) => ({ view, grid: applyToGrid(view, GRID) }));
        expect(answersOf(given)).toEqual([{ grid: GRID, views: [...seeds.keys()] }]);
      }),
    );
  });

  it("are counted apart where they differ", () => {
    const plain = identityAugmentation(3);
    const [a, b] = [[[1]], [[2]]];
    const answers = answersOf([a, b, b].map((grid) => ({ view: plain, grid })));
    expect(answers).toEqual([
      { grid: a, views: [0] },
      { grid: b, views: [1, 2] },
    ]);
    expect(byVotes(answers)).toEqual([1, 0]);
  });
});

it("multiplies probabilities along the cells", () => {
  const even = new Array<number>(10).fill(0.1);
  const half = even.map((_, colour) => (colour === 3 ? 0.5 : 0.5 / 9));
  expect(Math.exp(logLikelihood([even, half], [7, 3]))).toBeCloseTo(0.05, 12);
  expect(logLikelihood([null], [7])).toBeLessThan(-20);
});

it("prefers what no view finds impossible to what one view is sure of", () => {
  expect(
    byProduct([
      [-0.1, -9],
      [-1, -1.2],
      [-3, -3],
    ]),
  ).toEqual([1, 2, 0]);
});

it("names views", () => {
  const plain = identityAugmentation(2);
  expect(viewName(plain)).toBe("as it is");
  expect(viewName({ ...plain, symmetry: "rotate90", colours: [0, 2, 1, 3, 4, 5, 6, 7, 8, 9] })).toBe(
    "turned right, recoloured",
  );
});

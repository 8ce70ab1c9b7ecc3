import { describe, expect, test } from "vitest";
import { type Grid, height, sameSize, width } from "../arc/grid.ts";
import type { Pair } from "../arc/task.ts";
import { random } from "../core/random.ts";
import {
  drawPuzzle,
  type Family,
  families,
  generatePuzzle,
  heldOutFamilies,
  type Level,
  levels,
  trainedFamilies,
} from "./index.ts";

const all: readonly Family[] = Object.values(families);
const cases = all.flatMap((family) =>
  (Object.keys(levels) as Level[]).map((level) => ({ name: `${family.name} ${level}`, family, level })),
);

const pairsOf = (family: Family, level: Level, seed: number): Pair[] => {
  const { train, test } = generatePuzzle(family, level, seed);
  return [...train, ...test.map(({ input, output }) => ({ input, output: output! }))];
};

const isGrid = (grid: Grid) =>
  grid.every((line) => line.length === width(grid) && line.every((colour) => /^[0-9]$/.test(String(colour))));

const text = (grid: Grid) => JSON.stringify(grid);
const seeds = [...Array(20).keys()];

describe.each(cases)("$name", ({ family, level }) => {
  const puzzles = seeds.map((seed) => pairsOf(family, level, seed));

  test("keeps inside the level's sides", () => {
    const { min, max } = levels[level];
    for (const { input, output } of puzzles.flat()) {
      for (const side of [height, width]) {
        expect(side(input)).toBeGreaterThanOrEqual(side(output) > side(input) ? 2 : min);
        expect(Math.max(side(input), side(output))).toBeLessThanOrEqual(max);
        expect(Math.max(side(input), side(output))).toBeGreaterThanOrEqual(min);
        expect(side(output)).toBeGreaterThanOrEqual(1);
      }
      expect([input, output].every(isGrid)).toBe(true);
    }
  });

  test("cannot be answered by copying", () => {
    for (const pairs of puzzles) {
      expect(pairs).toHaveLength(4);
      expect(new Set(pairs.map(({ input }) => text(input))).size).toBe(4);
      expect(new Set(pairs.map(({ output }) => text(output))).size).toBe(4);
      for (const { input, output } of pairs) expect(text(output)).not.toBe(text(input));
    }
  });

  test("is the same for the same key, and another for another", () => {
    expect(pairsOf(family, level, 3)).toEqual(puzzles[3]);
    expect(new Set(puzzles.map((pairs) => text(pairs[3]!.input))).size).toBeGreaterThan(15);
  });

  test(family.resizes ? "changes the size" : "keeps the size", () => {
    const changed = puzzles.filter((pairs) => !sameSize(pairs[3]!.input, pairs[3]!.output)).length;
    if (family.resizes) expect(changed).toBeGreaterThanOrEqual(0.8 * puzzles.length);
    else for (const { input, output } of puzzles.flat()) expect(sameSize(input, output)).toBe(true);
  });

  test("shows grids of several sizes", () => {
    const several = puzzles.filter(
      (pairs) => new Set(pairs.map(({ input }) => `${height(input)} ${width(input)}`)).size > 1,
    );
    expect(several.length).toBeGreaterThanOrEqual(0.8 * puzzles.length);
  });
});

describe.each(all.map((family) => ({ name: family.name, family })))("$name", ({ name, family }) => {
  test("is listed under its own name", () => {
    expect(Object.entries(families).find(([key]) => key === name)?.[1]).toBe(family);
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  // The same draws of pairs under many draws of the rule: some input must get two answers, so that
  // no one can answer it without the demonstrations.
  test("has a rule that only the demonstrations tell", () => {
    const ambiguous = seeds.some((pairSeed) => {
      const answers = new Map<string, string>();
      for (let ruleSeed = 0; ruleSeed < 60; ruleSeed++) {
        const pair = family.rule(random("rule", ruleSeed), levels.easy)(random("pair", pairSeed));
        if (!pair) continue;
        const [input, output] = [text(pair.input), text(pair.output)];
        if ((answers.get(input) ?? output) !== output) return true;
        answers.set(input, output);
      }
      return false;
    });
    expect(ambiguous).toBe(true);
  });
});

test("offers many families, a third of them resizing, five never trained on", () => {
  expect(all.length).toBeGreaterThanOrEqual(36);
  expect(all.filter((family) => family.resizes).length).toBeGreaterThanOrEqual(all.length / 3);
  expect(heldOutFamilies).toHaveLength(5);
  expect(heldOutFamilies.some((family) => family.resizes)).toBe(true);
  expect(heldOutFamilies.some((family) => !family.resizes)).toBe(true);
  expect(trainedFamilies.length + heldOutFamilies.length).toBe(all.length);
  expect(new Set([...trainedFamilies, ...heldOutFamilies]).size).toBe(all.length);
});

test("names a puzzle by its family, level and key", () => {
  expect(generatePuzzle(families.flip, "easy", 7, 0).id).toBe("flip-easy-7-0");
});

test.each([2, 3, 4] as const)("gives %i demonstrations when asked", (demonstrations) => {
  const { train, test } = drawPuzzle(families.gravity, "easy", random("few or many"), demonstrations);
  expect(train).toHaveLength(demonstrations);
  expect(test).toHaveLength(1);
});

test("refuses a family whose puzzles would always give their answer away", () => {
  const input = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const constant: Family = {
    name: "constant",
    idea: "always the same",
    resizes: false,
    rule: () => () => ({ input, output: input.map((line) => line.map(() => 5)) }),
  };
  expect(() => generatePuzzle(constant, "easy", 0)).toThrow('family "constant" gave no sound easy puzzle');
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import {
  type AugmentationOptions,
  applyToGrid,
  applyToTask,
  identityAugmentation,
  invert,
  invertGrid,
  randomAugmentation,
} from "./augment.ts";
import { type Grid, makeGrid } from "./grid.ts";
import { applySymmetry, invertSymmetry, SYMMETRIES } from "./symmetry.ts";
import type { Task } from "./task.ts";

const colour = fc.integer({ min: 0, max: 9 });
const side = fc.integer({ min: 1, max: 30 });
const grid: fc.Arbitrary<Grid> = fc.tuple(side, side).chain(([rows, columns]) =>
  fc.array(fc.array(colour, { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  }),
);
const pair = fc.record({ input: grid, output: grid });
const task: fc.Arbitrary<Task> = fc.record({
  id: fc.string(),
  train: fc.array(pair, { minLength: 1, maxLength: 4 }),
  test: fc.array(fc.oneof(pair, fc.record({ input: grid })), { minLength: 1, maxLength: 2 }),
});
const options: fc.Arbitrary<AugmentationOptions> = fc.record(
  {
    symmetry: fc.boolean(),
    colours: fc.constantFrom("all" as const, "keep-background" as const, "none" as const),
    order: fc.boolean(),
  },
  { requiredKeys: [] },
);
const seed = fc.nat();

/** A grid without any symmetry of its own: its images tell the symmetries apart. */
const witness: Grid = [
  [1, 2, 3],
  [4, 5, 6],
];

describe("symmetries", () => {
  it("are what their names say", () => {
    const square = [
      [1, 2],
      [3, 4],
    ];
    const flat = (name: (typeof SYMMETRIES)[number]) => applySymmetry(name, square).flat().join("");
    expect(Object.fromEntries(SYMMETRIES.map((name) => [name, flat(name)]))).toEqual({
      identity: "1234",
      rotate90: "3142",
      rotate180: "4321",
      rotate270: "2413",
      flipLeftRight: "2143",
      flipUpDown: "3412",
      transpose: "1324",
      antitranspose: "4231",
    });
    expect(applySymmetry("rotate90", witness)).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ]);
  });

  it("form a group of 8: distinct, closed, each row and column of the composition table complete", () => {
    const image = (grid: Grid) => JSON.stringify(grid);
    const names = new Map(SYMMETRIES.map((name) => [image(applySymmetry(name, witness)), name]));
    expect(names.size).toBe(8);
    const table = SYMMETRIES.map((first) =>
      SYMMETRIES.map((then) => names.get(image(applySymmetry(then, applySymmetry(first, witness))))),
    );
    const all = [...SYMMETRIES].sort();
    for (const row of table) expect([...row].sort()).toEqual(all);
    for (const i of SYMMETRIES.keys()) expect(table.map((row) => row[i]).sort()).toEqual(all);
    SYMMETRIES.forEach((name, i) => {
      expect(table[i]![SYMMETRIES.indexOf(invertSymmetry(name))]).toBe("identity");
    });
  });
});

describe("augmentations", () => {
  it("of a grid are undone exactly", () => {
    fc.assert(
      fc.property(grid, options, seed, (original, options, seed) => {
        const augmentation = randomAugmentation(random("test", seed), 3, options);
        expect(invertGrid(augmentation, applyToGrid(augmentation, original))).toEqual(original);
        expect(applyToGrid(augmentation, invertGrid(augmentation, original))).toEqual(original);
      }),
      { numRuns: 50 },
    );
  });

  it("of a task are undone exactly", () => {
    fc.assert(
      fc.property(task, options, seed, (original, options, seed) => {
        const augmentation = randomAugmentation(random("test", seed), original.train.length, options);
        const augmented = applyToTask(augmentation, original);
        expect(applyToTask(invert(augmentation), augmented)).toEqual(original);
        expect(invert(invert(augmentation))).toEqual(augmentation);
      }),
      { numRuns: 50 },
    );
  });

  it("the identity changes nothing", () => {
    fc.assert(
      fc.property(task, (original) => {
        expect(applyToTask(identityAugmentation(original.train.length), original)).toEqual(original);
      }),
      { numRuns: 20 },
    );
  });

  it("permute colours and demonstrations, within what the options allow", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), options, seed, (pairs, options, seed) => {
        const { symmetry, colours, order } = randomAugmentation(random("test", seed), pairs, options);
        const identity = identityAugmentation(pairs);
        expect([...colours].sort((a, b) => a - b)).toEqual(identity.colours);
        expect([...order].sort((a, b) => a - b)).toEqual(identity.order);
        if (options.colours === "none") expect(colours).toEqual(identity.colours);
        if (options.colours === "keep-background") expect(colours[0]).toBe(0);
        if (options.symmetry === false) expect(symmetry).toBe("identity");
        if (options.order === false) expect(order).toEqual(identity.order);
      }),
    );
  });

  it("reach every symmetry, every place of a colour and every order", () => {
    const drawn = Array.from({ length: 400 }, (_, i) => randomAugmentation(random("test", i), 3));
    expect(new Set(drawn.map(({ symmetry }) => symmetry)).size).toBe(8);
    expect(new Set(drawn.map(({ colours }) => colours[0])).size).toBe(10);
    expect(new Set(drawn.map(({ order }) => order.join())).size).toBe(6);
    const kept = drawn.map((_, i) =>
      randomAugmentation(random("test", i), 3, { colours: "keep-background" }),
    );
    expect(new Set(kept.map(({ colours }) => colours[1])).size).toBe(9);
  });

  it("turn and recolour every grid of a task alike and keep each pair together", () => {
    const mark = (colour: number): Grid => makeGrid(1, 2, (_, c) => (c === 0 ? colour : 0));
    const original: Task = {
      id: "marks",
      train: [1, 2, 3].map((colour) => ({ input: mark(colour), output: mark(colour + 3) })),
      test: [{ input: mark(9) }],
    };
    const colours = [0, 2, 3, 4, 5, 6, 7, 8, 9, 1];
    const turned = applyToTask({ symmetry: "rotate90", colours, order: [2, 0, 1] }, original);
    const down = (colour: number): Grid => [[colour], [0]];
    expect(turned).toEqual({
      id: "marks",
      train: [
        { input: down(4), output: down(7) },
        { input: down(2), output: down(5) },
        { input: down(3), output: down(6) },
      ],
      test: [{ input: down(1) }],
    });
  });

  it("refuse a task with another number of demonstrations", () => {
    const original: Task = {
      id: "one",
      train: [{ input: witness, output: witness }],
      test: [{ input: witness }],
    };
    expect(() => applyToTask(identityAugmentation(2), original)).toThrow(
      "task one has 1 demonstrations, the augmentation orders 2",
    );
  });
});

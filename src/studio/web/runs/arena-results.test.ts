import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decoded } from "../../../evaluate/decoded.test-helper.ts";
import { summarizeDecoders } from "../../../evaluate/decoder-summary.ts";
import {
  ALL,
  COLUMNS,
  type Cost,
  paretoFront,
  pointsOf,
  type Row,
  readArena,
  rowsOf,
  sizesOf,
  sorted,
} from "./arena-results.ts";

const RESULTS = [
  decoded("greedy", "a"),
  decoded("greedy", "b", { cells: 144, passes: 160, decodeMs: 200 }),
  decoded("steps", "a", { passes: 4, decodeMs: 10 }),
  decoded("steps", "b", { cells: 144, passes: 12, decodeMs: 80, solved: false, found: false, accuracy: 0.9 }),
];

/** As `jigsaw arena` writes it, through JSON. */
const JSON_OF_ARENA: unknown = JSON.parse(
  JSON.stringify({
    settings: {
      decoders: ["greedy", "steps"].map((decoder) => ({ decoder, options: {}, model: `${decoder}-model` })),
      ...{ data: "families", levels: ["easy"], device: "cpu", puzzles: 2 },
    },
    versions: { jigsaw: "0.1.0" },
    baseline: "greedy",
    decoders: summarizeDecoders(RESULTS, ["greedy", "steps"], "greedy"),
  }),
);
const ARENA = readArena(JSON_OF_ARENA, "mine");
const ROWS = rowsOf(new Map([["mine", ARENA]]));
const titles = COLUMNS.map(({ title }) => title);
const sortedBy = (title: string, down = false, rows = ROWS) =>
  sorted(rows, { column: titles.indexOf(title), down }).map(({ decoder }) => decoder);

describe("an arena's summary", () => {
  it("is read as it is written", () => {
    expect(ARENA.decoders).toEqual((JSON_OF_ARENA as { decoders: unknown }).decoders);
    expect(ROWS.map(({ decoder, model, run }) => [decoder, model, run])).toEqual([
      ["greedy", "greedy-model", "mine"],
      ["steps", "steps-model", "mine"],
    ]);
  });

  it.each([
    ["nothing", null, /mine\/summary\.json: the file/],
    ["no decoders", { ...(JSON_OF_ARENA as object), decoders: undefined }, /decoders/],
    [
      "text for a rate",
      { ...(JSON_OF_ARENA as object), decoders: [{ ...ARENA.decoders[0], rate: "high" }] },
      /decoders\.0\.rate/,
    ],
  ])("with %s is refused, with the place", (_, json, words) => {
    expect(() => readArena(json, "mine")).toThrow(words);
  });

  it("tells sizes of answers apart, as far as there are such puzzles", () => {
    expect(sizesOf([ARENA])).toEqual([ALL, "under 30 cells", "100 cells or more"]);
    const large = rowsOf(new Map([["mine", ARENA]]), "100 cells or more");
    expect(large.map(({ solved, puzzles, passes, accuracy }) => [solved, puzzles, passes, accuracy])).toEqual(
      [
        [1, 1, 160, null],
        [0, 1, 12, null],
      ],
    );
    expect(rowsOf(new Map([["mine", ARENA]]), "30 to 99 cells")).toEqual([]);
  });

  it("is written out in every column", () => {
    const texts = (row: Row) => Object.fromEntries(COLUMNS.map(({ title, text }) => [title, text(row)]));
    expect(texts(ROWS[0]!)).toMatchObject({
      Solved: "2 = 100.0 % (34 to 100)",
      "Only it / only baseline": "–",
    });
    expect(texts(ROWS[1]!)).toMatchObject({
      ...{ Solved: "1 = 50.0 % (9 to 91)", "Cells right": "95.0 %", Passes: "8", Decoding: "45 ms" },
      ...{ "Only it / only baseline": "0 / 1, p = 1.0", "Time, by baseline's": "0.45x (0.4 to 0.5)" },
    });
  });
});

describe("sorting", () => {
  it("goes by number or by name, either way", () => {
    expect(sortedBy("Decoder")).toEqual(["greedy", "steps"]);
    expect(sortedBy("Decoder", true)).toEqual(["steps", "greedy"]);
    expect(sortedBy("Passes")).toEqual(["steps", "greedy"]);
    expect(sortedBy("Solved", true)).toEqual(["greedy", "steps"]);
  });

  it("puts last what is not known", () => {
    const unknown = { ...ROWS[0]!, decoder: "refused", passes: null };
    expect(sortedBy("Passes", false, [unknown, ...ROWS]).at(-1)).toBe("refused");
    expect(sortedBy("Passes", true, [unknown, ...ROWS]).at(-1)).toBe("refused");
  });
});

describe("the Pareto front", () => {
  const point = (cost: number, rate: number) => ({ row: ROWS[0]!, cost, rate });

  it("is what nothing beats", () => {
    expect(paretoFront([point(4, 0.5), point(1, 0.2), point(2, 0.5), point(3, 0.4), point(9, 0.6)])).toEqual([
      point(1, 0.2),
      point(2, 0.5),
      point(9, 0.6),
    ]);
  });

  it("rises, and each point off it is beaten by one on it", () => {
    const any = fc.record({ cost: fc.integer({ min: 1, max: 9 }), rate: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1 }), (drawn) => {
        const points = drawn.map(({ cost, rate }) => point(cost, rate));
        const front = paretoFront(points);
        for (const [i, next] of front.slice(1).entries()) {
          const equal = next.cost === front[i]!.cost && next.rate === front[i]!.rate;
          expect(equal || (next.cost > front[i]!.cost && next.rate > front[i]!.rate)).toBe(true);
        }
        for (const one of points.filter((p) => !front.includes(p))) {
          expect(front.some((p) => p.cost <= one.cost && p.rate >= one.rate)).toBe(true);
        }
      }),
    );
  });

  it("leaves out decoders without a cost", () => {
    const refused = { ...ROWS[0]!, passes: null, rate: null };
    const costs: Cost[] = ["ms", "passes", "pairs"];
    expect(costs.map((cost) => pointsOf(ROWS, cost).map((p) => p.cost))).toEqual([
      [110, 45],
      [85, 8],
      [1000, 1000],
    ]);
    expect(pointsOf([refused], "passes")).toEqual([]);
  });
});

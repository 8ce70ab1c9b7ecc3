import { describe, expect, it } from "vitest";
import * as classic from "zod";
import * as mini from "zod/mini";
import { checkShape } from "./check-shape.ts";

const refuse = (place: string, fault: string) => new Error(`${place}: ${fault}`);

describe("a value that does not fit", () => {
  it.each<[string, mini.ZodMiniType, unknown, string]>([
    ["nothing", mini.object({ name: mini.string() }), {}, "name: is missing"],
    ["another type", mini.object({ name: mini.string() }), { name: 7 }, "name: must be text"],
    ["no object", mini.object({}), null, ": must be an object"],
    ["no record", mini.record(mini.string(), mini.number()), [], ": must be an object"],
    ["an entry of another type", mini.array(mini.number()), [1, "2"], "1: must be a number"],
    ["no whole number", mini.int(), 1.5, ": must be a whole number"],
    ["a number too large", mini.number().check(mini.lt(9)), 9, ": must be less than 9"],
    [
      "too many entries",
      mini.array(mini.int()).check(mini.maxLength(1)),
      [1, 2],
      ": must have at most 1 entries",
    ],
    ["none of several", mini.union([mini.string(), mini.int()]), 0.5, ": is none of what it can be"],
    ["another name", mini.enum(["a", "b"]), "c", ": must be one of a, b"],
    ["what its schema has words for", mini.literal(1, { error: "is not 1" }), 2, ": is not 1"],
    ["what a check without words refuses", mini.int().check(mini.refine(() => false)), 2, ": does not fit"],
  ])("is refused for %s, in words", (_, schema, value, words) => {
    expect(() => checkShape(schema, value, refuse)).toThrow(new Error(words));
  });

  it("is refused in the same words by both kinds of schemas", () => {
    const value = { cells: [1, "2"] };
    const schemas = [
      classic.object({ cells: classic.array(classic.number()) }),
      mini.object({ cells: mini.array(mini.number()) }),
    ];
    for (const schema of schemas)
      expect(() => checkShape(schema, value, refuse)).toThrow("cells.1: must be a number");
  });
});

it("gives a value that fits as the schema makes it", () => {
  expect(checkShape(classic.object({ size: classic.string().default("rules") }), {}, refuse)).toEqual({
    size: "rules",
  });
});

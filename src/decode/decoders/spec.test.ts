import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Decoder } from "../define.ts";
import { decoders } from "./index.ts";
import { parseDecoder, parseDecoders } from "./spec.ts";

const adaptive: Decoder = {
  ...decoders.steps,
  name: "adaptive",
  options: z.object({
    threshold: z.number().min(0).max(1).default(0.9),
    rule: z.enum(["factor", "fixed"]).default("fixed"),
    maxRounds: z.int().positive().optional(),
    eager: z.boolean().default(false),
  }),
};
const known = { adaptive, steps: decoders.steps };

describe("a decoder in one word", () => {
  it("is its name alone, with the defaults of its options", () => {
    const { label, decoder, given, options, model } = parseDecoder("adaptive", known);
    expect({ label, decoder: decoder.name, given, options, model }).toEqual({
      label: "adaptive",
      decoder: "adaptive",
      given: {},
      options: { threshold: 0.9, rule: "fixed", eager: false },
      model: undefined,
    });
  });

  it("has options by the types of its schema, and a model", () => {
    const word = "adaptive:rule=factor:threshold=0.95:max_rounds=3:eager@runs/a@b:c";
    const { label, given, model } = parseDecoder(word, known);
    expect(given).toEqual({ threshold: 0.95, rule: "factor", maxRounds: 3, eager: true });
    expect(model).toBe("runs/a@b:c");
    expect(label).toBe("adaptive:threshold=0.95:rule=factor:max-rounds=3:eager=true@runs/a@b:c");
    expect(parseDecoder(label, known)).toMatchObject({ given, label });
  });

  it.each([
    ["typewriter", 'unknown decoder "typewriter"', "Known: adaptive, steps."],
    ["adaptive:treshold=1", 'unknown option "treshold"', "Known: threshold, rule, max-rounds, eager."],
    ["adaptive:threshold=2", "threshold 2: must be at most 1", undefined],
    ["adaptive:threshold=high", "threshold high: must be a number", undefined],
    ["adaptive:rule=none", "rule none: must be one of factor, fixed", undefined],
    ["adaptive:max-rounds=1.5", "max-rounds 1.5: must be a whole number", undefined],
    ["adaptive:eager=perhaps", "eager perhaps: must be a boolean", undefined],
    ["adaptive:threshold", 'option "threshold" has no value', "Write threshold=VALUE."],
    ["adaptive:rule=factor:rule=fixed", 'option "rule" comes twice', "Leave one of the two out."],
    ["adaptive@", "names no model after @", "Write NAME@MODEL, or leave out the @."],
  ])("%s is refused", (word, message, hint) => {
    expect(() => parseDecoder(word, known)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(message), hint }),
    );
  });
});

describe("decoders separated by commas", () => {
  it("are read in order", () => {
    const labels = parseDecoders("steps, steps:steps=30,adaptive", known).map(({ label }) => label);
    expect(labels).toEqual(["steps", "steps:steps=30", "adaptive"]);
  });

  it.each([
    ["adaptive:eager,adaptive:eager=true", "comes twice"],
    [" , ", "no decoder is named"],
  ])("%j is refused", (text, message) => expect(() => parseDecoders(text, known)).toThrow(message));
});

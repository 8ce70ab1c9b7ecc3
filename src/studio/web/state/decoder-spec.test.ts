/** Held against the command line's own reading of the same words. */
import { describe, expect, it } from "vitest";
import { describeOptions } from "../../../core/options.ts";
import { decoders } from "../../../decode/decoders/index.ts";
import { parseDecoder } from "../../../decode/decoders/spec.ts";
import { modelsFor, specOf, valuesOf, wordOf } from "./decoder-spec.ts";

const about = (name: keyof typeof decoders) => describeOptions(decoders[name].options);

describe("a decoder's word", () => {
  it("names what differs from the defaults, and nothing else", () => {
    const spec = { decoder: "steps", model: "", settings: { steps: "30", order: "confidence", seed: "" } };
    expect(wordOf(spec, about("steps"))).toBe("steps:steps=30");
    expect(wordOf({ ...spec, settings: {} }, about("steps"))).toBe("steps");
  });

  it("is read by the command line as it was meant", () => {
    const settings = { strategy: "loop", tOn: "0.6", replace: "true", steps: "7" };
    const word = wordOf({ decoder: "remask", model: "", settings }, about("remask"));
    const { decoder, given } = parseDecoder(word);
    expect(decoder.name).toBe("remask");
    expect(given).toEqual({ strategy: "loop", tOn: 0.6, replace: true, steps: 7 });
  });

  it("comes back as the settings that it was made of", () => {
    for (const name of Object.keys(decoders) as (keyof typeof decoders)[]) {
      const options = about(name).filter(({ list }) => !list);
      const settings = Object.fromEntries(
        options.map(({ name: option, kind, values, default: standard }) => [
          option,
          kind === "switch" ? String(standard !== true) : (values?.at(-1) ?? "0.25"),
        ]),
      );
      const word = wordOf({ decoder: name, model: "", settings }, options);
      const back = specOf(word, options, "some-model");
      expect(back).toMatchObject({ decoder: name, model: "some-model" });
      const differing = options.filter(
        ({ name: option, default: standard }) => settings[option] !== String(standard),
      );
      expect(back.settings).toEqual(
        Object.fromEntries(differing.map(({ name: option }) => [option, settings[option]])),
      );
    }
  });
});

describe("a decoder's options", () => {
  it.each([
    ...Object.keys(decoders),
    "remask:strategy=loop:t-on=0.6:replace:steps=7",
    "remask:replace=false:budget=3",
    "sample:top-p=0.5:count=2",
    "edit:from=background:rounds=4:share=0.5",
    "dfs:floor=1e-3:max-passes=12",
  ])("of %s are those that the command line runs it with, types and all", (word) => {
    const { decoder, options } = parseDecoder(word);
    const known = describeOptions(decoder.options);
    expect(valuesOf(specOf(word, known), known)).toEqual(options);
  });
});

it("offers only models that were trained for all that a decoder needs", () => {
  const model = (name: string, ...objectives: string[]) => ({
    name,
    objectives,
    pattern: "causal",
    weights: 1,
  });
  const models = [
    model("a", "autoregressive"),
    model("both", "autoregressive", "masked-diffusion"),
    model("m", "masked-diffusion"),
  ];
  const decoder = {
    name: "speculative",
    family: "jigsaw",
    about: "",
    needs: ["masked-diffusion", "autoregressive"],
    model: "both",
    options: [],
    infills: false,
  } as const;
  expect(modelsFor(decoder, models).map(({ name }) => name)).toEqual(["both"]);
});

import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Objective, objectives } from "../objectives/index.ts";
import { newConfig, trainedConfig } from "./config.ts";
import { learningOf, patternFor, RESUMABLE, settingGroups, trainSettings } from "./settings.ts";

const defaults = trainSettings.parse({});

it("has every setting in exactly one group", () => {
  const grouped = Object.values(settingGroups).flatMap((group) => Object.keys(group));
  expect(grouped.sort()).toEqual(Object.keys(trainSettings.shape).sort());
  expect(grouped).toEqual(expect.arrayContaining([...RESUMABLE]));
});

it("has one flag for options of one name, so those of several objectives are alike", () => {
  const kinds = new Map<string, string>();
  for (const { options } of Object.values<Objective>(objectives)) {
    const { properties = {} } = z.toJSONSchema(options.omit({ pattern: true }), { io: "input" });
    for (const [name, kind] of Object.entries(properties)) {
      expect(JSON.stringify(kind), name).toBe(kinds.get(name) ?? JSON.stringify(kind));
      kinds.set(name, JSON.stringify(kind));
      expect(Object.keys(settingGroups.Objective)).toContain(name);
    }
  }
  expect(kinds.size).toBeGreaterThan(10);
});

describe("patternFor", () => {
  it("takes the objective's own pattern by default", () => {
    expect(patternFor({ objective: "autoregressive", pattern: undefined })).toBe("causal");
    expect(patternFor({ objective: "masked-diffusion", pattern: undefined })).toBe("grid-prompt");
  });

  it("takes another that the objective can be learnt under", () => {
    expect(patternFor({ objective: "masked-diffusion", pattern: "full" })).toBe("full");
  });

  it("refuses one that it cannot", () => {
    expect(() => patternFor({ objective: "autoregressive", pattern: "full" })).toThrow(
      'objective "autoregressive" cannot be learnt under pattern "full"',
    );
  });
});

it("refuses heads that cannot share keys evenly", () => {
  expect(() => newConfig({ ...defaults, heads: 4, kvHeads: 3 })).toThrow("cannot share");
});

it("notes in the configuration how the weights are trained", () => {
  const learning = learningOf({ ...defaults, objective: "autoregressive" });
  expect(trainedConfig(newConfig(), learning).jigsaw).toMatchObject({
    objectives: ["autoregressive"],
    pattern: "causal",
  });
});

it.each([
  ["headDim", 31],
  ["steps", 0],
  ["steps", 1.5],
  ["ema", 1],
  ["levels", []],
  ["fullMask", 1.1],
])("refuses %s %s", (name, value) => {
  expect(trainSettings.safeParse({ [name]: value }).success).toBe(false);
});

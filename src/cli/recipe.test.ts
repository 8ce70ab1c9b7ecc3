import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { trainSettings } from "../train/settings.ts";
import { readRecipe, resumedSettings } from "./recipe.ts";

const saved = trainSettings.parse({ steps: 100, batchSize: 4, levels: ["easy", "hard"] });

describe("readRecipe", () => {
  it("gives the settings of the file and no others", async () => {
    const folder = await temporaryFolder({ "r.json": { steps: 7, levels: ["hard"] } });
    expect(await readRecipe(`${folder}/r.json`)).toEqual({ steps: 7, levels: ["hard"] });
  });

  it.each([
    ["no JSON", "{", /r.json: not JSON/],
    ["a list", "[]", /r.json: a recipe is a JSON object/],
    ["an unknown setting", '{"batch": 3}', /r.json: unknown setting "batch"/],
    ["a bad value", '{"batchSize": 0}', /r.json: batchSize 0: must be more than 0/],
    ["a number as text", '{"steps": "7"}', /r.json: steps 7: must be a number/],
  ])("refuses %s", async (_, text, message) => {
    const folder = await temporaryFolder({ "r.json": text });
    await expect(readRecipe(`${folder}/r.json`)).rejects.toThrow(message);
  });

  it("refuses a file that is not there", async () => {
    await expect(readRecipe("/no/such.json")).rejects.toThrow("/no/such.json: no such file");
  });

  const recipes = fileURLToPath(new URL("../../recipes/", import.meta.url));
  it.each(readdirSync(recipes))("reads recipes/%s", async (name) => {
    expect(await readRecipe(`${recipes}/${name}`)).toHaveProperty("objective");
  });
});

describe("resumedSettings", () => {
  it("are the saved ones, but for what may change", () => {
    expect(resumedSettings(saved, {})).toEqual(saved);
    const given = { steps: 200, saveSteps: 7, saveTotalLimit: 1, loggingSteps: 3, threads: 2 };
    expect(resumedSettings(saved, given)).toEqual({ ...saved, ...given });
  });

  it("may be given again as they were", () => {
    expect(resumedSettings(saved, { batchSize: 4, levels: ["easy", "hard"] })).toEqual(saved);
  });

  it.each([
    ["batchSize", 8, "--batch-size 8: the run to resume has 4"],
    ["levels", ["easy"], "--levels easy: the run to resume has easy,hard"],
    ["data", "tasks", "--data tasks: the run to resume has none"],
  ])("refuse another %s", (name, value, message) => {
    expect(() => resumedSettings(saved, { [name]: value })).toThrow(message);
  });

  it("refuse bad values by their flags", () => {
    expect(() => resumedSettings(saved, { steps: 1.5 })).toThrow("--steps 1.5: must be a whole number");
  });
});

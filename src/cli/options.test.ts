import { Command } from "commander";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { addOptions, checkOptions, flagOf, readOptions } from "./options.ts";

const schema = z.object({
  steps: z.int().positive().default(10).describe("steps to take"),
  learningRate: z.number().min(0).lt(1).optional().describe("rate"),
  levels: z
    .array(z.enum(["easy", "hard"]))
    .default(["easy"])
    .describe("levels"),
  headDim: z.int().multipleOf(2).default(32),
  augment: z.boolean().default(false).describe("views"),
  sound: z.boolean().default(true).describe("sound"),
  name: z.string().optional(),
});

/** What the schema makes of a command line. */
function parse(...argv: string[]) {
  let raw = {};
  const command = addOptions(new Command(), schema)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.action((options) => {
    raw = options;
  });
  command.parse(argv, { from: "user" });
  return readOptions(schema, raw);
}

describe("flags of a schema", () => {
  it("are read as the types of the fields", () => {
    const found = parse(
      "--steps",
      "1e2",
      "--learning-rate=0.5",
      "--levels",
      "easy,hard",
      "--augment",
      "--name",
      "7",
    );
    expect(found).toMatchObject({
      steps: 100,
      learningRate: 0.5,
      levels: ["easy", "hard"],
      augment: true,
      sound: true,
      name: "7",
    });
  });

  it("have the schema's defaults", () => {
    expect(parse()).toEqual({ steps: 10, levels: ["easy"], headDim: 32, augment: false, sound: true });
  });

  it("turn booleans off with --no-", () => {
    expect(parse("--no-sound")).toMatchObject({ sound: false });
    expect(parse("--augment", "--no-augment")).toMatchObject({ augment: false });
  });

  it.each([
    [["--steps", "abc"], "--steps abc: must be a number"],
    [["--steps", ""], '--steps "": must be a number'],
    [["--steps", "1.5"], "--steps 1.5: must be a whole number"],
    [["--steps", "-3"], "--steps -3: must be more than 0"],
    [["--learning-rate", "x"], "--learning-rate x: must be a number"],
    [["--learning-rate", "-1"], "--learning-rate -1: must be at least 0"],
    [["--learning-rate", "1"], "--learning-rate 1: must be less than 1"],
    [["--head-dim", "31"], "--head-dim 31: must be a multiple of 2"],
    [["--levels", "easy,medium"], "--levels easy,medium: must be one of easy, hard"],
  ])("refuse %s", (argv, message) => {
    expect(() => parse(...argv)).toThrow(new JigsawError("bad-option", message));
  });

  it("show values and defaults in the help", () => {
    const help = addOptions(new Command(), schema, "Things:")
      .configureHelp({ helpWidth: 200 })
      .helpInformation();
    expect(help).toContain("Things:");
    expect(help).toMatch(/--steps <number> +steps to take \(default: 10\)/);
    expect(help).toMatch(/--levels <names> +levels \(easy, hard; comma-separated; default: easy\)/);
    expect(help).toMatch(/--augment +views/);
    expect(help).not.toContain("--no-augment");
  });
});

it("names what is missing", () => {
  expect(() => checkOptions(z.object({ out: z.string() }), {})).toThrow("--out is needed");
});

it("spells names as they were given", () => {
  expect(() => checkOptions(schema, { steps: 0 }, (name) => `file: ${name}`)).toThrow(
    "file: steps 0: must be",
  );
});

it("hyphenates names", () => {
  expect(flagOf("muonLearningRate")).toBe("--muon-learning-rate");
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { FOLDER_LOCK } from "../files/lock.ts";
import { trainSettings } from "../train/settings.ts";
import { runHere } from "./here.test-helper.ts";
import { flagOf } from "./options.ts";

/** A model and a run that take no time. */
const tiny = [
  ...[
    "--hidden-size=16",
    "--layers=1",
    "--heads=2",
    "--kv-heads=1",
    "--head-dim=8",
    "--intermediate-size=24",
  ],
  ...["--batch-size=2", "--steps=4", "--save-steps=2", "--logging-steps=1", "--threads=1", "--device=cpu"],
];
const place = async () => `${await temporaryFolder({})}/run`;
const train = (out: string, ...argv: string[]) => runHere("train", "--out", out, ...argv);

describe("jigsaw train", () => {
  it("has a flag, with its words, for every setting", async () => {
    const { out } = await runHere("train", "--help");
    for (const [name, { description }] of Object.entries(trainSettings.shape)) {
      expect(out).toContain(`  ${flagOf(name)} `);
      expect(description).toBeTruthy();
      expect(out.replaceAll(/\s+/g, " ")).toContain(description);
    }
    for (const group of ["Run", "Model", "Data", "Objective", "Optimisation", "Saving"])
      expect(out).toContain(`\n${group}:\n`);
  });

  it("says what it is about to do, shows progress line by line in a pipe, and writes the model", async () => {
    const out = await place();
    const printed = await train(out, ...tiny);
    expect(printed).toMatchObject({ code: 0, err: "" });
    expect(printed.out).toMatch(
      /objective masked-diffusion, attention pattern grid-prompt \(the objective's own\)/,
    );
    expect(printed.out).toMatch(/model +[\d,]+ weights: 1 layer of width 16/);
    expect(printed.out).toContain("device    cpu (as asked)");
    expect(printed.out).toMatch(
      /step 2\/4: loss [\d.]+, \S+ sequences\/s, \S+ tokens\/s, .+ left, checkpoint saved\n/,
    );
    expect(printed.out).toContain(`Done: the model is in ${out}.`);
    expect(await readdir(out)).toContain("model.safetensors");
  });

  it("takes a recipe, flags before it, and spellings of others", async () => {
    const folder = await temporaryFolder({ "r.json": { steps: 9, objective: "autoregressive", seed: 4 } });
    const out = `${folder}/run`;
    await runHere("train", "--output_dir", out, "--recipe", `${folder}/r.json`, ...tiny, "--max_steps=1");
    expect(JSON.parse(await readFile(`${out}/training_args.json`, "utf8"))).toMatchObject({
      steps: 1,
      objective: "autoregressive",
      seed: 4,
    });
  });

  it("learns from files, and tells what it leaves out", async () => {
    const pair = (n: number, width: number) => ({ input: [Array(width).fill(n)], output: [[n]] });
    const task = (width: number) => ({ train: [pair(0, width), pair(1, width)], test: [pair(2, width)] });
    const folder = await temporaryFolder({ "t/a.json": task(2), "t/long.json": task(30) });
    const { out, code } = await train(`${folder}/run`, ...tiny, "--data", `${folder}/t`, "--max-tokens=100");
    expect(code).toBe(0);
    expect(out).toContain("data      1 task\n");
    expect(out).toContain("left out  1 task longer than 100 tokens: long");
  });

  it("starts from another model", async () => {
    const first = await place();
    await train(first, ...tiny);
    const out = await place();
    const printed = await train(out, "--init", first, "--steps=1", "--batch-size=2", "--device=cpu");
    expect(printed).toMatchObject({ code: 0, err: "" });
    expect(printed.out).toContain("width 16");
    expect(JSON.parse(await readFile(`${out}/config.json`, "utf8")).hidden_size).toBe(16);
  });
});

describe("jigsaw train --resume", () => {
  it("goes on from the newest checkpoint with its settings, to more steps where asked", async () => {
    const out = await place();
    await train(out, ...tiny);
    const printed = await train(out, "--resume", "--steps=6", "--batch_size=2", "--device=cpu");
    expect(printed).toMatchObject({ code: 0, err: "" });
    expect(printed.out).toContain("resumed   after 4 steps");
    expect(printed.out).toContain("step 6/6");
    expect(printed.out).not.toContain("step 4/6");
  });

  it("refuses what cannot be resumed so, and changes nothing", async () => {
    const out = await place();
    await train(out, ...tiny);
    const before = await readdir(out);
    for (const [argv, message] of [
      [["--resume", "--batch-size=3"], "--batch-size 3: the run to resume has 2"],
      [["--resume", "--steps=3"], "--steps 3: the run in"],
      [[], "is not empty"],
      [["--resume", "--recipe=/no.json"], "/no.json: no such file"],
    ] as const) {
      const { code, err } = await train(out, ...argv);
      expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    }
    expect(await readdir(out)).toEqual(before);
  });

  it("needs a run", async () => {
    const out = await place();
    expect((await train(out, "--resume")).err).toContain("holds no run to resume");
    expect((await runHere("train", "--resume")).err).toContain("--resume needs --out");
  });
});

it("a bad request leaves no folder behind", async () => {
  const out = await place();
  for (const argv of [
    ["--steps=0"],
    ["--data=/no/such"],
    ["--init=/no/such"],
    ["--pattern=full", "--objective=autoregressive"],
  ])
    expect((await train(out, ...argv)).code).toBe(2);
  await expect(readdir(out)).rejects.toThrow("ENOENT");
});

it("a folder that another process writes is refused, one whose process has ended is taken over", async () => {
  const lockedBy = async (pid: number, host: string) =>
    temporaryFolder({ [FOLDER_LOCK]: { pid, host, started: "then" } });
  const { code, err } = await train(await lockedBy(7, "elsewhere"), ...tiny);
  expect([code, err]).toEqual([2, expect.stringContaining("is being written by process 7 on elsewhere")]);
  const out = await lockedBy(process.pid, hostname());
  expect(await train(out, ...tiny, "--steps=1")).toMatchObject({
    code: 0,
    out: expect.stringContaining(`taking over the lock of process ${process.pid}, which has ended`),
  });
  expect(await readdir(out)).not.toContain(FOLDER_LOCK);
});

it("a file where the folder should be is refused", async () => {
  const folder = await temporaryFolder({});
  await writeFile(`${folder}/file`, "");
  const { code, err } = await train(`${folder}/file`, ...tiny);
  expect([code, err]).toEqual([2, expect.stringContaining("file")]);
});

import { existsSync } from "node:fs";
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { decoderFile } from "../decode/decoders/node/user-decoder.test-helper.ts";
import { FOLDER_LOCK } from "../files/lock.ts";
import { initialWeights } from "../model/initialize.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { runHere } from "./here.test-helper.ts";

/** Puzzles whose answers are as large as their inputs, so that a rule tells the size. */
const grid = (seed: number) => Array.from({ length: 2 }, (_, r) => [r, 1, 2].map((c) => (c + seed) % 10));
const puzzle = (seed: number) => {
  const pairs = [0, 1, 2].map((i) => ({ input: grid(seed + i), output: grid(seed + i + 1) }));
  return { train: pairs.slice(0, 2), test: pairs.slice(2) };
};

/** A folder with models of random weights and six puzzles. */
async function place(): Promise<string> {
  const names = [0, 1, 2, 3, 4, 5].map((i) => [`data/p${i}.json`, puzzle(i)]);
  const folder = await temporaryFolder(Object.fromEntries(names));
  for (const objectives of [["autoregressive"], ["masked-diffusion"]] as const) {
    const pattern = objectives[0] === "autoregressive" ? "causal" : "grid-prompt";
    const config = tinyConfig({ objectives: [...objectives], pattern });
    await writeCheckpoint(join(folder, objectives[0]), config, initialWeights(config, 1));
  }
  return folder;
}

const arena = (folder: string, out: string, ...argv: string[]) => {
  const decoders = `steps@${folder}/masked-diffusion,steps:steps=2@${folder}/masked-diffusion,greedy@${folder}/autoregressive`;
  const fixed = ["--data", `${folder}/data`, "--device=cpu", "--threads=1", "--out", `${folder}/${out}`];
  return runHere("arena", "--decoders", decoders, ...fixed, ...argv);
};

/** The results of a folder without what clocks decide, in one order. */
async function untimed(folder: string, out: string): Promise<unknown[]> {
  const lines = (await readFile(join(folder, out, "results.jsonl"), "utf8")).trimEnd().split("\n");
  const timed = ["promptMs", "decodeMs", "taskMilliseconds"];
  const results = lines.map((line) =>
    JSON.parse(line, (key, value) => (timed.includes(key) ? undefined : value)),
  );
  return results.sort((a, b) => (a.task + a.decoder < b.task + b.decoder ? -1 : 1));
}

describe("jigsaw arena", () => {
  it("writes tables, a plot and a summary, and goes on where it was stopped", async () => {
    const folder = await place();
    const whole = await arena(folder, "whole", "--json");
    expect(whole.code).toBe(0);
    const { decoders } = JSON.parse(whole.out);
    expect(decoders.map((one: { puzzles: number }) => one.puzzles)).toEqual([6, 6, 6]);
    const files = [
      "arena.json",
      "plot.svg",
      "results.csv",
      "results.jsonl",
      "summary.csv",
      "summary.json",
      "table.md",
    ];
    expect((await readdir(join(folder, "whole"))).sort()).toEqual(files);

    // As a killed run leaves it: seven results, and half of the eighth.
    const path = join(folder, "whole", "results.jsonl");
    const lines = (await readFile(path, "utf8")).split("\n");
    const all = await untimed(folder, "whole");
    await writeFile(path, `${lines.slice(0, 7).join("\n")}\n`);
    await appendFile(path, lines[7]!.slice(0, 40));
    const resumed = await arena(folder, "whole");
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining("Going on after 7 of 18") });
    expect(await untimed(folder, "whole")).toEqual(all);
    expect((await readFile(path, "utf8")).split("\n").slice(0, 7)).toEqual(lines.slice(0, 7));
    expect(resumed.out).toContain("of 6 = ");

    await writeFile(join(folder, "whole", FOLDER_LOCK), '{"pid":7,"host":"elsewhere","started":"then"}');
    const second = await arena(folder, "whole");
    expect([second.code, second.err]).toEqual([2, expect.stringContaining("is being written by process 7")]);
    await rm(join(folder, "whole", FOLDER_LOCK));

    const other = await arena(folder, "whole", "--size=model");
    expect(other.code).toBe(2);
    expect(other.err).toContain("holds results of other settings: size");
    await writeFile(join(folder, "data", "p0.json"), JSON.stringify(puzzle(7)));
    expect((await arena(folder, "whole")).err).toContain("other settings: puzzlesSha256");
  });

  it("ends with 130 at Ctrl-C, and the same command goes on", async () => {
    const folder = await place();
    const path = join(folder, "out", "results.jsonl");
    const timer = setInterval(async () => {
      if (!existsSync(path) || !(await readFile(path, "utf8")).includes("\n")) return;
      clearInterval(timer);
      process.emit("SIGINT");
    }, 1);
    const stopped = await arena(folder, "out");
    clearInterval(timer);
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped after \d+ of 18\nThe same command again goes on from there\./);
    const before = await untimed(folder, "out");
    expect(before.length).toBeLessThan(18);
    expect(existsSync(join(folder, "out", FOLDER_LOCK))).toBe(false);
    expect(existsSync(join(folder, "out", "table.md"))).toBe(false);
    expect((await arena(folder, "out")).code).toBe(0);
    expect(await untimed(folder, "out")).toHaveLength(18);
    expect(await untimed(folder, "out")).toEqual(expect.arrayContaining(before));
  });

  it.each([
    [["--decoders", "greedi"], 'unknown decoder "greedi"'],
    [["--decoders", "steps:rounds=3"], 'unknown option "rounds"'],
    [["--baseline", "greedy"], "--baseline greedy is none of the decoders"],
  ])("refuses %j before anything starts", async (argv, message) => {
    const folder = await temporaryFolder({});
    const { code, err } = await arena(folder, "out", ...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it("refuses a model that was not trained for the decoder, and a folder of other files", async () => {
    const folder = await place();
    const wrong = await arena(folder, "out", "--decoders", `steps@${folder}/autoregressive`);
    expect(wrong.err).toContain('decoder "steps" needs a checkpoint trained for masked-diffusion');
    expect(existsSync(join(folder, "out"))).toBe(false);
    expect((await arena(folder, "data")).err).toContain("holds other files (p0.json)");
  });
});

describe("a decoder of one's own, by path", () => {
  it("is compared under its path, and a changed file does not go on with its results", async () => {
    const folder = await place();
    const path = join(folder, "mine.mjs");
    await writeFile(path, decoderFile('export default decoder("mine");'));
    const decoders = `steps@${folder}/masked-diffusion,${path}:first=2@${folder}/masked-diffusion`;
    const { code, out } = await arena(folder, "out", "--decoders", decoders, "--json");
    expect(code).toBe(0);
    const labels = JSON.parse(out).decoders.map(({ decoder }: { decoder: string }) => decoder);
    expect(labels).toEqual(decoders.split(","));
    expect((await arena(folder, "out", "--decoders", decoders)).code).toBe(0);
    await appendFile(path, "// changed");
    const changed = await arena(folder, "out", "--decoders", decoders);
    expect([changed.code, changed.err]).toEqual([
      2,
      expect.stringContaining("other settings: decodersSha256"),
    ]);
  });

  it("solves, and an error in the file is told in two lines", async () => {
    const folder = await place();
    const path = join(folder, "mine.js");
    await writeFile(path, decoderFile('export const mine = decoder("mine");'));
    const solve = (word: string) =>
      runHere("solve", `${folder}/data/p0.json`, `--decoder=${word}`, "--device=cpu", "--json");
    const solved = await solve(`${path}:first=2@${folder}/masked-diffusion`);
    expect(JSON.parse(solved.out)).toMatchObject({ task: "p0", ledger: { passes: 8 } });
    expect(await solve(`${folder}/none.js`)).toMatchObject({
      code: 2,
      err: `error: decoder ${folder}/none.js: no such file or folder\nCheck the path.\n`,
    });
  });
});

describe("jigsaw decoders", () => {
  it("lists every decoder with its options", async () => {
    const { out } = await runHere("decoders");
    expect(out).toContain("steps  a fixed number of rounds, most confident cells first (jigsaw, infills)");
    expect(out).toMatch(/:steps +rounds in which the canvas is filled \(default: 10\)/);
    const list = JSON.parse((await runHere("decoders", "--json")).out);
    expect(list.find(({ name }: { name: string }) => name === "greedy")).toMatchObject({
      objective: "autoregressive",
      objectiveAbout: "the next token, left to right",
      options: [{ name: "cache", kind: "name", values: ["prompt", "none"], default: "prompt" }],
    });
  });
});

describe("jigsaw solve --decoder", () => {
  it("takes options in the decoder's word, a flag before them, and the trace tells them", async () => {
    const folder = await place();
    const trace = join(folder, "trace.jsonl");
    const decoded = async (...argv: string[]) => {
      const word = `steps:steps=2@${folder}/masked-diffusion`;
      const fixed = ["--device=cpu", "--json", "--trace", trace];
      await runHere("solve", `${folder}/data/p0.json`, "--decoder", word, ...fixed, ...argv);
      return JSON.parse((await readFile(trace, "utf8")).split("\n")[0]!).options;
    };
    expect(await decoded()).toMatchObject({ cache: "prompt", steps: 2, size: "rules", seed: 1 });
    expect(await decoded("--steps=3", "--cache=none")).toMatchObject({ cache: "none", steps: 3 });
  });
});

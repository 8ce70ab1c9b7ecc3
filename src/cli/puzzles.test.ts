import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readTasks } from "../datasets/index.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { families, generatePuzzle } from "../puzzles/index.ts";
import { runHere } from "./here.test-helper.ts";

const all = Object.values(families);

/** A folder that is not there yet. */
const place = async () => `${await temporaryFolder({})}/puzzles`;
const generate = (out: string, ...argv: string[]) => runHere("puzzles", "generate", "--out", out, ...argv);

describe("jigsaw puzzles", () => {
  it.each([[[]], [["--list"]]])("lists the families: %j", async (argv) => {
    const { code, out } = await runHere("puzzles", ...argv);
    expect(code).toBe(0);
    for (const { name, idea } of all) expect(out).toContain(`${name.padEnd(15)}  ${idea}`);
    expect(out.match(/never trained on\)/g)).toHaveLength(all.filter(({ heldOut }) => heldOut).length);
  });

  it("lists them as JSON", async () => {
    const { out } = await runHere("puzzles", "--list", "--json");
    expect(JSON.parse(out)).toEqual(
      all.map(({ name, idea, resizes, heldOut = false }) => ({ name, idea, resizes, heldOut })),
    );
  });
});

describe("jigsaw puzzles generate", () => {
  it("writes so many puzzles of every family, easy ones, that read back as they were drawn", async () => {
    const out = await place();
    expect((await generate(out, "--count", "2", "--seed", "7")).code).toBe(0);
    const tasks = await readTasks([out]);
    expect(tasks).toHaveLength(2 * all.length);
    const expected = all.flatMap((family) => [0, 1].map((i) => generatePuzzle(family, "easy", 7, i)));
    for (const one of expected) expect(tasks.find(({ id }) => id === one.id)).toEqual(one);
  });

  it("writes the families and the level that are asked for", async () => {
    const out = await place();
    await generate(out, "--family", "flip,gravity", "--level", "medium");
    expect((await readdir(out)).sort()).toEqual(["flip-medium-1-0.json", "gravity-medium-1-0.json"]);
  });

  it.each([2, 4])("gives %i demonstrations, in puzzles of another name", async (demonstrations) => {
    const out = await place();
    await generate(out, "--family", "flip", "--demonstrations", String(demonstrations));
    const [task] = await readTasks([out]);
    expect(task!.train).toHaveLength(demonstrations);
    expect(task!.id).toBe(`flip-easy-1-0-of-${demonstrations}`);
  });

  it("may be repeated, and extended, in the same folder", async () => {
    const out = await place();
    await generate(out, "--family", "flip");
    expect((await generate(out, "--family", "flip")).code).toBe(0);
    expect((await generate(out, "--family", "flip", "--count", "3")).code).toBe(0);
    expect(await readdir(out)).toHaveLength(3);
  });

  it("refuses a folder with other files, and leaves it as it was", async () => {
    const out = await place();
    await mkdir(out);
    await writeFile(`${out}/mine.txt`, "mine");
    const refused = await generate(out, "--family", "flip");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("holds other files (mine.txt)")]);
    expect(await readdir(out)).toEqual(["mine.txt"]);
    expect((await generate(out, "--family", "flip", "--force")).code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(["flip-easy-1-0.json", "mine.txt"]);
  });

  it("refuses to replace another puzzle of the same name, but with --force", async () => {
    const out = await place();
    await mkdir(out);
    await writeFile(`${out}/flip-easy-1-0.json`, "{}");
    expect((await generate(out, "--family", "flip")).err).toContain("holds another flip-easy-1-0.json");
    expect(await readFile(`${out}/flip-easy-1-0.json`, "utf8")).toBe("{}");
    await generate(out, "--family", "flip", "--force");
    expect(await readFile(`${out}/flip-easy-1-0.json`, "utf8")).toContain("train");
  });

  it.each([
    [["--family", "flop"], 'unknown family "flop"'],
    [["--level", "brutal"], "--level brutal: must be one of easy, medium, hard"],
    [["--count", "0"], "--count 0: must be more than 0"],
    [["--demonstrations", "5"], "--demonstrations 5: must be at most 4"],
  ])("refuses %j, and writes nothing", async (argv, message) => {
    const out = await place();
    const { code, err } = await generate(out, ...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  });

  it("needs a folder", async () => {
    expect((await runHere("puzzles", "generate")).err).toContain("--out is needed");
  });
});

describe("jigsaw puzzles show", () => {
  it("draws a family's puzzle", async () => {
    const { out } = await runHere("puzzles", "show", "flip", "--seed", "3");
    expect(out).toMatch(/^flip-easy-3-0\ndemonstration 1\n/);
    expect(out).toMatch(/\ntest\n[0-9 ]+ {2}-> {2}[0-9 ]+\n/);
  });

  it("draws the puzzles of a file, and ? for an answer that is not told", async () => {
    const pair = { input: [[1]], output: [[2]] };
    const folder = await temporaryFolder({ "t.json": { train: [pair], test: [{ input: [[3]] }] } });
    const { out } = await runHere("puzzles", "show", `${folder}/t.json`);
    expect(out).toBe("t\ndemonstration 1\n1   ->  2\n\ntest\n3   ->  ?\n\n");
  });
});

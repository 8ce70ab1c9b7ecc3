import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { equalGrids } from "../arc/grid.ts";
import type { Pair } from "../arc/task.ts";
import { random } from "../core/random.ts";
import { readTasks } from "./index.ts";
import { type PairPool, pairsToTask, readPools } from "./re-arc.ts";
import { temporaryFolder } from "./temporary.test-helper.ts";

const pairs = Array.from({ length: 6 }, (_, i) => [`${i}0|0${i}`, `${i}`]);
const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const parsed = (i: number): Pair => ({
  input: [
    [i, 0],
    [0, i],
  ],
  output: [[i]],
});

async function pools(file: string): Promise<PairPool[]> {
  const found: PairPool[] = [];
  for await (const pool of readPools(file)) found.push(pool);
  return found;
}

describe("readPools", () => {
  const text = lines({ task: "a", pairs }, { task: "b", pairs: pairs.slice(0, 2) });
  const files: [name: string, content: string | Uint8Array][] = [
    ["plain.jsonl", text],
    ["packed.jsonl.gz", gzipSync(text)],
    ["packed-but-not-named-so.jsonl", gzipSync(text)],
    ["no-last-newline.jsonl", text.trimEnd()],
    ["from-windows.jsonl", `\uFEFF${text.replaceAll("\n", "\r\n")}\r\n`],
  ];
  it.each(files)("reads %s", async (name, content) => {
    const folder = await temporaryFolder({ [name]: content });
    const found = await pools(join(folder, name));
    expect(found.map(({ id, size }) => [id, size])).toEqual([
      ["a", 6],
      ["b", 2],
    ]);
    expect(found.map((pool) => pool.pair(1))).toEqual([parsed(1), parsed(1)]);
    expect(found[0]!.pair(5)).toEqual(parsed(5));
  });

  it("reads lines longer than what is read at once", async () => {
    const big = Array.from({ length: 300 }, () => [`${"7".repeat(30)}|`.repeat(30).slice(0, -1), "8"]);
    const folder = await temporaryFolder({
      "big.jsonl": lines({ task: "a", pairs: big }, { task: "b", pairs: big }),
    });
    const found = await pools(join(folder, "big.jsonl"));
    expect(found.map(({ size }) => size)).toEqual([300, 300]);
    expect(found[1]!.pair(299).input).toEqual(Array.from({ length: 30 }, () => new Array(30).fill(7)));
  });

  it("can be left early", async () => {
    const folder = await temporaryFolder({ "x.jsonl.gz": gzipSync(text) });
    for await (const { id } of readPools(join(folder, "x.jsonl.gz"))) {
      expect(id).toBe("a");
      break;
    }
  });

  const line = (pair: unknown) => lines({ task: "a", pairs }) + lines({ task: "b", pairs: [pairs[0], pair] });
  const refused: [name: string, content: string | Uint8Array, message: string][] = [
    [
      "a truncated line",
      text.slice(0, -20),
      `, line 2: not valid JSON at position ${text.split("\n")[1]!.length - 19}: the text ends too early`,
    ],
    ["no object", "5\n", ', line 1: expected {"task": id, "pairs": [[input, output], ...]}'],
    ["no id", lines({ pairs }), ', line 1: expected {"task": id, "pairs": [[input, output], ...]}'],
    ["no pairs", lines({ task: "a" }), ', line 1: expected {"task": id, "pairs": [[input, output], ...]}'],
    ["no pair", line(["1"]), ", line 2: task b: pairs[1]: expected [input, output]"],
    [
      "no text",
      line([["1"], "1"]),
      ", line 2: task b: pairs[1][0]: expected a grid as text, its rows joined by |",
    ],
    [
      "an empty grid",
      line(["1", ""]),
      ", line 2: task b: pairs[1][1][0]: expected a row of 1 to 30 cells, found a list of 0",
    ],
    [
      "an empty row",
      line(["1||1", "1"]),
      ", line 2: task b: pairs[1][0][1]: expected a row of 1 to 30 cells, found a list of 0",
    ],
    [
      "a ragged grid",
      line(["11|1|11", "1"]),
      ", line 2: task b: pairs[1][0][1]: expected 2 cells as in the first row, found a list of 1",
    ],
    [
      "a bad cell",
      line(["1", "11|1a"]),
      ', line 2: task b: pairs[1][1][1][1]: expected a colour, an integer from 0 to 9, found "a"',
    ],
    [
      "31 rows",
      line(["1", "1|".repeat(30).concat("1")]),
      ", line 2: task b: pairs[1][1]: expected a grid of 1 to 30 rows, found a list of 31",
    ],
    [
      "31 columns",
      line(["1".repeat(31), "1"]),
      ", line 2: task b: pairs[1][0][0]: expected a row of 1 to 30 cells, found a list of 31",
    ],
    [
      "a line break in a grid",
      line(["11|11\n", "1"]),
      ", line 2: task b: pairs[1][0][1]: expected 2 cells as in the first row, found a list of 3",
    ],
  ];
  it.each(refused)("refuses %s", async (_name, content, message) => {
    const folder = await temporaryFolder({ "x.jsonl": content });
    const file = join(folder, "x.jsonl");
    await expect(pools(file)).rejects.toMatchObject({ code: "bad-task", message: file + message });
  });

  it("refuses gzip data that are cut short or damaged", async () => {
    const whole = gzipSync(lines(...Array.from({ length: 50 }, (_, i) => ({ task: `${i}`, pairs }))));
    const damaged = whole.map((byte, i) => (i === whole.length - 6 ? byte ^ 1 : byte));
    const folder = await temporaryFolder({
      "cut.jsonl.gz": whole.subarray(0, -30),
      "damaged.jsonl.gz": damaged,
    });
    for (const name of ["cut", "damaged"]) {
      const message = expect.stringMatching(`${name}.jsonl.gz: damaged or incomplete gzip data`);
      await expect(pools(join(folder, `${name}.jsonl.gz`))).rejects.toMatchObject({
        code: "bad-task",
        message,
      });
    }
  });
});

describe("pairsToTask", () => {
  const pool: PairPool = { id: "a", file: "f", size: 6, pair: parsed };

  it("draws different pairs of the pool, by the random stream", () => {
    const drawn = Array.from({ length: 50 }, (_, i) => pairsToTask(pool, random("test", i), 3));
    for (const { id, train, test } of drawn) {
      expect([id, train.length, test.length]).toEqual(["a", 3, 1]);
      const chosen = [...train, ...test].map(({ input }) => input[0]![0]!);
      expect(new Set(chosen).size).toBe(4);
      expect([...train, ...test]).toEqual(chosen.map(parsed));
    }
    expect(new Set(drawn.map(({ test }) => test[0]!.input[0]![0])).size).toBe(6);
    expect(pairsToTask(pool, random("test", 7), 3)).toEqual(drawn[7]);
  });

  it("never shows the test input among the demonstrations", () => {
    const twice: PairPool = { id: "a", file: "f", size: 12, pair: (i) => parsed(i % 6) };
    for (let i = 0; i < 100; i++) {
      const { train, test } = pairsToTask(twice, random("test", i), 5);
      expect(train.some(({ input }) => equalGrids(input, test[0]!.input))).toBe(false);
    }
  });

  it("refuses a pool with too few different pairs", () => {
    const same: PairPool = { id: "a", file: "f", size: 12, pair: (i) => parsed(i % 3) };
    expect(pairsToTask(same, random("test"), 2).train).toHaveLength(2);
    expect(() => pairsToTask(same, random("test"), 3)).toThrow(
      "f: task a: 3 different pairs are too few for 3 demonstrations and a test",
    );
  });
});

describe("readTasks over re-arc's pairs", () => {
  it("draws the same task of each rule on every reading, of lines and of lists", async () => {
    const list = pairs.map((_, i) => parsed(i));
    const folder = await temporaryFolder({ "x.jsonl": lines({ task: "a", pairs }), "tasks/a.json": list });
    const [task] = await readTasks([join(folder, "x.jsonl")]);
    expect(task).toMatchObject({ id: "a", train: { length: 3 }, test: [{ output: [[expect.any(Number)]] }] });
    expect(await readTasks([folder])).toEqual([task]);
    expect(await readTasks([join(folder, "tasks")])).toEqual([task]);
  });

  it.each([
    [
      "one id twice",
      lines({ task: "a", pairs }, { task: "a", pairs }),
      /x\.jsonl: task a: this id came before/,
    ],
    [
      "too few pairs",
      lines({ task: "a", pairs: pairs.slice(3) }),
      /x\.jsonl, line 1: task a: 3 different pairs are too few/,
    ],
    ["no lines", "\n", /x\.jsonl: holds no tasks$/],
  ])("refuses %s", async (_name, content, message) => {
    const folder = await temporaryFolder({ "x.jsonl": content });
    await expect(readTasks([folder])).rejects.toMatchObject({
      code: "bad-task",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a list with a bad pair", async () => {
    const folder = await temporaryFolder({ "a.json": [parsed(1), { input: [[1]] }] });
    const message = expect.stringMatching(/a\.json: task a: \[1\]\.output: expected a grid/);
    await expect(readTasks([folder])).rejects.toMatchObject({ code: "bad-task", message });
  });
});

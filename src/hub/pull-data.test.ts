import { appendFile, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTasks } from "../datasets/index.ts";
import { LOCK_FILE } from "./data-lock.ts";
import { sources } from "./sources.ts";
import { zipOf } from "./testing/archives.ts";
import { list, place, rearc, rules } from "./testing/data-server.ts";

const ZIP = "/re_arc.zip";

describe("pullData of re-arc", () => {
  it("unpacks a list of pairs for each rule, which readTasks reads", async () => {
    const { pull, folder, seen } = await place({ [ZIP]: zipOf(rearc()) });
    const { lock, present, known } = await pull("re-arc");
    expect(seen.map(({ url }) => url)).toEqual([sources["re-arc"].path]);
    expect([present, known, lock.splits.tasks!.tasks]).toEqual([false, 0, 400]);
    expect(await readdir(folder)).toEqual(["re-arc"]);
    expect((await readdir(join(folder, "re-arc"))).sort()).toEqual([LOCK_FILE, "tasks"]);
    const tasks = await readTasks([join(folder, "re-arc/tasks")]);
    expect(tasks.map(({ id }) => id)).toEqual([...rules].sort());
  });

  it("is not fetched again while it is as it was fetched", async () => {
    const { pull, folder, seen } = await place({ [ZIP]: zipOf(rearc()) });
    const first = await pull("re-arc");
    expect(await pull("re-arc")).toMatchObject({ present: true, lock: first.lock });
    expect(seen).toHaveLength(1);
    await appendFile(join(folder, `re-arc/tasks/${rules[0]}.json`), " ");
    await expect(pull("re-arc")).rejects.toMatchObject({
      code: "bad-task",
      message: expect.stringMatching(/tasks: is not what was fetched/),
    });
    await pull("re-arc", { force: true });
    expect(await pull("re-arc")).toMatchObject({ present: true });
    expect(await readdir(folder)).toEqual(["re-arc"]);
  });

  it("is refused when the same commit brings other data than before", async () => {
    const { pull, folder, archives } = await place({ [ZIP]: zipOf(rearc()) });
    await pull("re-arc");
    archives[ZIP] = zipOf(rearc({ [`re_arc/tasks/${rules[0]}.json`]: list.replace("[[0,0]]", "[[1,1]]") }));
    const before = await readFile(join(folder, `re-arc/tasks/${rules[0]}.json`), "utf8");
    await expect(pull("re-arc", { force: true })).rejects.toMatchObject({
      message: expect.stringContaining("is not what the same commit brought before"),
    });
    expect(await readFile(join(folder, `re-arc/tasks/${rules[0]}.json`), "utf8")).toBe(before);
    await rm(join(folder, "re-arc"), { recursive: true });
    await pull("re-arc");
  });

  it("goes on with an archive that was cut off", async () => {
    const zip = zipOf(rearc());
    const { pull, folder, faults, seen } = await place({ [ZIP]: zip });
    faults.cuts.set(ZIP, 20_000);
    await expect(pull("re-arc")).rejects.toMatchObject({ code: "network" });
    const [partial, ...others] = await readdir(folder);
    expect(others).toEqual([]);
    const { size } = await stat(join(folder, partial!));
    await pull("re-arc");
    expect(seen[1]!.headers.range).toBe(`bytes=${size}-`);
    expect(await readdir(folder)).toEqual(["re-arc"]);
  });

  const damaged = zipOf(rearc());
  damaged[2000] = damaged[2000]! ^ 0xff;
  const [one] = rules as [string];
  it.each([
    ["a damaged archive", damaged, "io", /damaged or incomplete archive/],
    ["an archive cut short", zipOf(rearc()).subarray(0, -30), "io", /damaged or incomplete archive/],
    ["no archive", Buffer.from("<html>"), "io", /damaged or incomplete archive/],
    [
      "a name that leads out",
      zipOf({ "../tasks/00000000.json": list, ...rearc() }),
      "io",
      /damaged or incomplete archive: invalid relative path/,
    ],
    [
      "a bad pair",
      zipOf(rearc({ [`re_arc/tasks/${one}.json`]: '[{"input":[[1]]}]' })),
      "bad-task",
      /task \w+: \[0\]\.output: expected a grid/,
    ],
    [
      "a rule too many",
      zipOf(rearc({ "re_arc/tasks/00000000.json": list })),
      "bad-task",
      /^re-arc: 401 tasks in tasks, expected 400$/,
    ],
  ])("refuses %s, and leaves nothing", async (_name, archive, code, message) => {
    const { pull, folder } = await place({ [ZIP]: archive });
    await expect(pull("re-arc")).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses a folder with other files", async () => {
    const { pull, folder, seen } = await place({ [ZIP]: zipOf(rearc()) });
    await pull("re-arc");
    await rm(join(folder, "re-arc", LOCK_FILE));
    await expect(pull("re-arc", { force: true })).rejects.toMatchObject({ code: "bad-option" });
    expect(seen).toHaveLength(1);
  });

  it("refuses what is not there, and names that it does not know", async () => {
    const { pull } = await place({});
    await expect(pull("re-arc")).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(/re_arc\.zip: the server answered 404$/),
    });
    await expect(pull("arc")).rejects.toMatchObject({ message: 'unknown data set "arc"' });
  });
});

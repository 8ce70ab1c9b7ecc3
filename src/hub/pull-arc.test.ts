import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTasks } from "../datasets/index.ts";
import { marksOf } from "./content.ts";
import { knownTasks } from "./known-tasks.ts";
import { sources } from "./sources.ts";
import { tarOf } from "./testing/archives.ts";
import { place, task } from "./testing/data-server.ts";

describe("pullData of arc-agi-1", () => {
  const ids = (split: "training" | "evaluation") =>
    knownTasks
      .filter(({ of }) => of.includes(`arc-agi-1/${split}`))
      .flatMap((group) => [...marksOf(group).keys()]);
  const names = [...ids("evaluation"), ...Array.from({ length: 207 }, (_, i) => `${i}`.padStart(8, "0"))];
  const path = (split: string, id: string) => `ARC-AGI-3990304/data/${split}/${id}.json`;
  const madeUp = () =>
    Object.fromEntries([
      ["ARC-AGI-3990304/README.md", "ARC"],
      ...ids("training").map((id) => [path("training", id), task]),
      ...names.map((id) => [path("evaluation", id), task]),
    ]);

  it("refuses tasks that are not the known ones, unless that is wanted", async () => {
    const { pull, folder } = await place({ [sources["arc-agi-1"].path]: tarOf(madeUp()) });
    await expect(pull("arc-agi-1")).rejects.toMatchObject({
      code: "bad-task",
      message: expect.stringMatching(/^arc-agi-1: 593 of 593 tasks with a known checksum differ or lack: /),
    });
    expect(await readdir(folder)).toEqual([]);
    const { known, differing, lock } = await pull("arc-agi-1", { unverified: true });
    expect([known, differing.length, lock.splits.evaluation!.tasks]).toEqual([593, 593, 400]);
    expect(await readTasks([join(folder, "arc-agi-1/evaluation")])).toHaveLength(400);
  });

  it("refuses an archive cut short", async () => {
    const whole = tarOf(madeUp());
    const { pull, folder } = await place({
      [sources["arc-agi-1"].path]: whole.subarray(0, whole.length >> 1),
    });
    await expect(pull("arc-agi-1")).rejects.toMatchObject({ code: "io" });
    expect(await readdir(folder)).toEqual([]);
  });

  const shared = join(import.meta.dirname, "../../../shared/data/arc-agi-1");
  const absent = !existsSync(shared);
  it.skipIf(absent)(
    `takes the real tasks${absent ? " (skipped: ../shared/data is absent)" : ""}`,
    async () => {
      const files: Record<string, string> = madeUp();
      for (const [from, split] of [
        ["training", "training"],
        ["evaluation-dev", "evaluation"],
      ] as const) {
        for (const name of await readdir(join(shared, from)))
          files[path(split, name.slice(0, -5))] = await readFile(join(shared, from, name), "utf8");
      }
      const { pull, archives } = await place({ [sources["arc-agi-1"].path]: tarOf(files) });
      expect(await pull("arc-agi-1")).toMatchObject({ known: 593, differing: [] });
      const changed = path("training", "007bbfb7");
      archives[sources["arc-agi-1"].path] = tarOf({
        ...files,
        [changed]: files[changed]!.replace("7", "1"),
      });
      await expect(pull("arc-agi-1", { force: true })).rejects.toMatchObject({
        message: "arc-agi-1: 1 of 593 tasks with a known checksum differ or lack: 007bbfb7",
      });
    },
  );
});

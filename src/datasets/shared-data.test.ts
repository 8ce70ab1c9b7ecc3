import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { readTasks } from "./index.ts";
import { readPools } from "./re-arc.ts";

const data = join(import.meta.dirname, "../../../shared/data");
const absent = !existsSync(data);

describe(`the public data${absent ? " (skipped: ../shared/data is absent)" : ""}`, () => {
  it.skipIf(absent).each([
    ["arc-agi-1/training", 400, 416],
    ["arc-agi-1/evaluation-dev", 193, 198],
    ["arc-agi-2/arc-agi_training_challenges.json", 805, 867],
    ["re-arc.jsonl.gz", 400, 400],
  ])("%s: %i tasks with %i answered tests", async (path, tasks, answers) => {
    const found = await readTasks([join(data, path)]);
    expect(found).toHaveLength(tasks);
    expect(found.flatMap(({ test }) => test).filter(({ output }) => output)).toHaveLength(answers);
  });

  it.skipIf(absent)("ARC-AGI-2 holds tasks of ARC-AGI-1 with the same pairs in another order", async () => {
    const content = ({ train, test }: Task) => [...train, ...test].map((pair) => JSON.stringify(pair)).sort();
    const first = await readTasks([join(data, "arc-agi-1/training"), join(data, "arc-agi-1/evaluation-dev")]);
    const second = new Map(
      (await readTasks([join(data, "arc-agi-2/arc-agi_training_challenges.json")])).map((task) => [
        task.id,
        task,
      ]),
    );
    const shared = first.filter(({ id }) => second.has(id));
    expect(shared).toHaveLength(572);
    for (const task of shared) expect(content(second.get(task.id)!)).toEqual(content(task));
  });

  it.skipIf(absent)("re-arc: 400 pools of 149,730 pairs", async () => {
    let pools = 0;
    let pairs = 0;
    for await (const { size, pair } of readPools(join(data, "re-arc.jsonl.gz"))) {
      pools++;
      pairs += size;
      expect(pair(size - 1).output.length).toBeGreaterThan(0);
    }
    expect([pools, pairs]).toEqual([400, 149_730]);
  });
});

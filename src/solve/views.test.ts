import { describe, expect, it } from "vitest";
import { applyToGrid, applyToTask } from "../arc/augment.ts";
import { height, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { sizeInView, type View, viewsOf } from "./views.ts";

const task = randomTask("views", 3, 6);
const model = { config: tinyConfig({ pattern: "causal" }) };

describe("views", () => {
  it("are the puzzle as it is, then others that differ, the same for a seed whatever their number", () => {
    const views = viewsOf(model, task, 0, 12, 3);
    expect(views.map(({ number }) => number)).toEqual([...Array(12).keys()]);
    expect(views[0]!.prompt.tokens).toEqual(promptTokens(task));
    expect(new Set(views.map(({ augmentation }) => JSON.stringify(augmentation))).size).toBe(12);
    for (const { augmentation, prompt } of views)
      expect(prompt.tokens).toEqual(promptTokens(applyToTask(augmentation, task)));
    const told = ({ number, augmentation, prompt }: View) => ({
      number,
      augmentation,
      tokens: prompt.tokens,
    });
    expect(viewsOf(model, task, 0, 4, 3).map(told)).toEqual(views.slice(0, 4).map(told));
    expect(told(viewsOf(model, task, 0, 4, 4)[1]!)).not.toEqual(told(views[1]!));
  });

  it("are as many as there are, where a puzzle has few", () => {
    const one: Task = { id: "one", train: [{ input: [[0]], output: [[0]] }], test: [{ input: [[0]] }] };
    const views = viewsOf(model, one, 0, 20, 1);
    expect(views.length).toBe(20);
  });

  it("show a size as they show a grid of it", () => {
    const grid = [[1, 2, 3]];
    for (const view of viewsOf(model, task, 0, 30, 5)) {
      const seen = applyToGrid(view.augmentation, grid);
      expect(sizeInView(view, { rows: 1, columns: 3 })).toEqual({ rows: height(seen), columns: width(seen) });
    }
  });
});

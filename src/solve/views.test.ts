import { describe, expect, it } from "vitest";
import { applyToGrid, applyToTask } from "../arc/augment.ts";
import { height, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { sizeInView, viewsOf } from "./views.ts";

const task = randomTask("views", 3, 6);

describe("views", () => {
  it("are the puzzle as it is, then others that differ, the same for a seed whatever their number", () => {
    const views = viewsOf(task, 0, "causal", 12, 3);
    expect(views.map(({ number }) => number)).toEqual([...Array(12).keys()]);
    expect(views[0]!.prompt.tokens).toEqual(promptTokens(task));
    expect(new Set(views.map(({ augmentation }) => JSON.stringify(augmentation))).size).toBe(12);
    for (const { augmentation, prompt } of views)
      expect(prompt.tokens).toEqual(promptTokens(applyToTask(augmentation, task)));
    expect(viewsOf(task, 0, "causal", 4, 3)).toEqual(views.slice(0, 4));
    expect(viewsOf(task, 0, "causal", 4, 4)[1]).not.toEqual(views[1]);
  });

  it("are as many as there are, where a puzzle has few", () => {
    const one: Task = { id: "one", train: [{ input: [[0]], output: [[0]] }], test: [{ input: [[0]] }] };
    const views = viewsOf(one, 0, "causal", 20, 1);
    expect(views.length).toBe(20);
  });

  it("show a size as they show a grid of it", () => {
    const grid = [[1, 2, 3]];
    for (const view of viewsOf(task, 0, "causal", 30, 5)) {
      const seen = applyToGrid(view.augmentation, grid);
      expect(sizeInView(view, { rows: 1, columns: 3 })).toEqual({ rows: height(seen), columns: width(seen) });
    }
  });
});

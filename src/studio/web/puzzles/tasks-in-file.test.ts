import { describe, expect, it } from "vitest";
import { JigsawError } from "../../../core/errors.ts";
import { isTrace, tasksIn } from "./tasks-in-file.ts";

const task = { train: [{ input: [[1]], output: [[2]] }], test: [{ input: [[3]] }] };
const refusal = (content: unknown, file = "p.json"): JigsawError => {
  try {
    tasksIn(typeof content === "string" ? content : JSON.stringify(content), file);
  } catch (error) {
    if (error instanceof JigsawError) return error;
    throw error;
  }
  throw new Error("was not refused");
};

describe("a file of puzzles", () => {
  it("holds one, named by itself or by the file", () => {
    expect(tasksIn(JSON.stringify(task), "0a1d4ef5.json")).toEqual([{ id: "0a1d4ef5", ...task }]);
    expect(tasksIn(JSON.stringify({ id: "mine", ...task }), "x.json")[0]!.id).toBe("mine");
  });

  it("holds many under their ids, as Kaggle's do", () => {
    const found = tasksIn(JSON.stringify({ a: task, b: task }), "challenges.json");
    expect(found.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it.each([
    ["no JSON", "{train: 1", "p.json: not valid JSON"],
    ["a list", [1, 2], "is no puzzle"],
    ["an object of something else", { a: 1 }, "is no puzzle"],
    ["nothing", {}, "holds no puzzle"],
    ["a ragged grid", { ...task, test: [{ input: [[1, 2], [3]] }] }, "test[0].input[1]: expected 2 cells"],
    [
      "a colour that is none",
      { ...task, test: [{ input: [[12]] }] },
      "test[0].input[0][0]: expected a colour",
    ],
    [
      "a grid of 31 rows",
      { ...task, test: [{ input: Array(31).fill([1]) }] },
      "expected a grid of 1 to 30 rows",
    ],
    ["no demonstration", { ...task, train: [] }, "train: expected a list of at least one demonstration"],
    [
      "too many of them",
      { ...task, train: Array(13).fill(task.train[0]) },
      "has 13 demonstrations; the studio takes 12",
    ],
    ["a key twice", '{"train": [], "train": []}', 'the key "train" is given twice'],
  ])("is refused with %s, in words", (_, content, words) => {
    const error = refusal(content);
    expect(error.message).toContain(words);
    expect(error.message).toContain("p.json");
    expect(error.hint).toBeTruthy();
  });

  it("takes no name for code", () => {
    expect(tasksIn(JSON.stringify({ id: "<img src=x>", ...task }), "x.json")[0]!.id).toBe("<img src=x>");
    expect(tasksIn(JSON.stringify(task), `${"n".repeat(500)}.json`)[0]!.id.length).toBe(120);
  });
});

it("tells a trace by its name or by its first line", () => {
  expect(isTrace("anything", "race.jsonl")).toBe(true);
  expect(isTrace('{"kind":"header","format":"jigsaw-trace/1"}', "race.txt")).toBe(true);
  expect(isTrace(JSON.stringify(task), "p.json")).toBe(false);
});

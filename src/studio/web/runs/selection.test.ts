import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunSummary } from "../../shared/protocol.ts";
import { hashOf, parseHash } from "../state/routes.ts";
import { ago, differing, namesIn, newestFirst, paramsFor, shownRuns, toggled } from "./selection.ts";

const run = (name: string, kind: RunSummary["kind"], changed = 0): RunSummary => ({
  name,
  kind,
  changed,
  about: "",
});
const RUNS = [run("old", "training", 1), run("new", "training", 9), run("arena", "arena", 5)];

describe("the runs that are shown", () => {
  it("come back out of the address, whatever they are called", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 4 }), (names) => {
        expect(namesIn(parseHash(hashOf("runs", paramsFor(names))).params)).toEqual(names);
      }),
    );
    expect(namesIn({ show: "%" })).toEqual(["%"]);
  });

  it("are those of the first one's kind that there are, each once, and the newest where none is", () => {
    const names = (...asked: string[]) => shownRuns(asked, RUNS).map(({ name }) => name);
    expect(names("old", "gone", "arena", "new", "old")).toEqual(["old", "new"]);
    expect(names("arena", "old")).toEqual(["arena"]);
    expect(names()).toEqual(["new"]);
    expect(shownRuns(["old"], [])).toEqual([]);
  });

  it("are listed from the newest on", () => {
    expect(newestFirst(RUNS).map(({ name }) => name)).toEqual(["new", "arena", "old"]);
  });

  it("are put in and taken out", () => {
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
    expect(toggled(["a"], "b")).toEqual(["a", "b"]);
  });
});

it("says how long ago something was", () => {
  const minute = 60_000;
  expect([0, 5, 59, 60, 23 * 60 + 59, 24 * 60, 72 * 60].map((minutes) => ago(0, minutes * minute))).toEqual([
    "just now",
    "5 min ago",
    "59 min ago",
    "1 h ago",
    "23 h ago",
    "yesterday",
    "3 days ago",
  ]);
});

it("finds the settings that differ", () => {
  const a = { steps: 60, levels: ["easy"], seed: 1, init: undefined };
  const b = { steps: 60, levels: ["easy", "medium"], seed: 1, init: "models/x" };
  expect(differing([a, b])).toEqual([
    { name: "init", values: ["–", "models/x"] },
    { name: "levels", values: ["easy", "easy, medium"] },
  ]);
  expect(differing([a, a])).toEqual([]);
  expect(differing([])).toEqual([]);
});

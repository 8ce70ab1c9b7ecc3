import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../../../core/errors.ts";
import { OPEN } from "../../../decode/frames.ts";
import { readTraces } from "../../../decode/trace.ts";
import { aboutDecoders } from "../../shared/about.ts";
import type { Recording } from "../state/recording.ts";
import { lanesOf, panelOf } from "./recordings.ts";
import { readRecordings, writeRecordings } from "./trace-file.ts";

const DECODERS = aboutDecoders();
const ABOUT = { versions: { jigsaw: "0.1.0" }, device: "cpu", decoders: DECODERS };

const shot = (pass: number, slots: number[], ms: number): Recording["shots"][number] => ({
  frame: {
    ...{ pass, shape: [1, 2], slots, confidence: [0.25, 0.5] },
    ...{ committed: [0], retracted: [], ties: 0 },
  },
  ledger: { prompts: 1, passes: pass, positions: 10 * pass, pairs: 100 * pass, promptMs: 5, decodeMs: ms },
});
const RECORDING: Recording = {
  task: "flip",
  test: 0,
  input: [[1, 2]],
  answer: [[2, 1]],
  decoder: "steps:steps=2:order=raster",
  model: "jigsaw-adapted",
  shots: [shot(1, [2, OPEN], 10), shot(2, [2, 1], 30)],
  candidates: [[[2, 1]]],
};
const WRONG: Recording = {
  ...RECORDING,
  decoder: "greedy",
  shots: [shot(3, [2, 2], 55)],
  candidates: [[[2, 2]], [[2, 0]]],
};

describe("recordings as a trace", () => {
  it("come back as they were", () => {
    const text = writeRecordings([RECORDING, WRONG], ABOUT);
    expect(readRecordings(text, "seen.jsonl", DECODERS)).toEqual([RECORDING, WRONG]);
  });

  it("are what any reader of traces reads, all options told", () => {
    const [first, second] = readTraces(writeRecordings([RECORDING, WRONG], ABOUT));
    expect(first!.header).toMatchObject({
      ...{ task: "flip", test: 0, input: [[1, 2]], decoder: "steps", model: "jigsaw-adapted", device: "cpu" },
      ...{ versions: ABOUT.versions, options: { steps: 2, order: "raster", seed: 1, cache: "prompt" } },
    });
    expect(first!.frames.map(({ slots }) => slots)).toEqual([
      [2, OPEN],
      [2, 1],
    ]);
    expect(first!.result).toEqual({ attempts: [[[2, 1]]], correct: true });
    expect(second!.result.correct).toBe(false);
  });

  it("show the puzzle as it is, where other views were decoded too", () => {
    const [header, one, two, result] = writeRecordings([RECORDING], ABOUT).trim().split("\n") as [
      string,
      string,
      string,
      string,
    ];
    const other = JSON.stringify({ ...JSON.parse(two), view: 1 });
    const [read] = readRecordings([header, one, other, result].join("\n"), "two-views", DECODERS);
    expect(read!.shots).toEqual(RECORDING.shots.slice(0, 1));
  });

  it("tell their options by name only where decoders are known", () => {
    const text = writeRecordings([RECORDING], ABOUT);
    expect(readRecordings(text, "own", [])[0]!.decoder).toBe("steps");
  });

  it("name a decoder that is not known here, as it is", () => {
    const text = writeRecordings([WRONG], ABOUT).replace('"decoder":"greedy"', '"decoder":"mine"');
    expect(readRecordings(text, "own", DECODERS)[0]!.decoder).toBe("mine");
  });
});

describe("a file that is no trace", () => {
  const change = (line: number, more: object) => {
    const lines = writeRecordings([RECORDING], ABOUT).trim().split("\n");
    lines[line] = JSON.stringify({ ...JSON.parse(lines[line]!), ...more });
    return lines.join("\n");
  };
  it.each([
    ["empty", "", /holds no trace/],
    ["a task", '{"train":[],"test":[]}', /line 1/],
    ["a grid of no colours", change(0, { input: [[77]] }), /header\.input/],
    ["an answer of no colours", change(0, { answer: [[-1]] }), /header\.answer/],
    [
      "a canvas of 31 columns",
      change(1, { shape: [1, 31], slots: new Array(31).fill(0), confidence: new Array(31).fill(0) }),
      /frame 1\.shape\.1/,
    ],
    ["slots that hold no colours", change(1, { slots: [11, 0] }), /frame 1\.slots/],
    ["a shape of three sides", change(1, { shape: [1, 2, 1] }), /frame 1\.shape/],
    ["sureness above 1", change(2, { confidence: [2, 0] }), /frame 2\.confidence/],
    ["marks on slots that are not there", change(1, { retracted: [9] }), /not there/],
    ["attempts that are no grids", change(3, { attempts: [[[1], [1, 2]]] }), /attempts/],
  ])("%s is refused, with the place", (_, text, words) => {
    try {
      readRecordings(text, "dropped.jsonl", DECODERS);
      expect.fail("it was read");
    } catch (error) {
      expect(error).toBeInstanceOf(JigsawError);
      expect((error as JigsawError).message).toMatch(words);
      expect((error as JigsawError).message).toContain("dropped.jsonl");
    }
  });

  it("is refused in plain words", () => {
    const said = (text: string) => {
      try {
        readRecordings(text, "t", DECODERS);
        return "nothing";
      } catch (error) {
        return (error as JigsawError).message;
      }
    };
    expect(said('{"kind":"header","format":"jigsaw-trace/2"}')).toBe("t, line 1: versions: is missing");
    expect(said(change(1, { pass: "one" }))).toBe("t, line 2: pass: must be a number");
    expect(said(change(1, { shape: [31, 0], slots: [], confidence: [] }))).toBe(
      "t: frame 1.shape.0: must be at most 30",
    );
    expect(said(change(1, { slots: [11, 0] }))).toBe("t: frame 1.slots.0: must be at most 9");
    expect(said(change(1, { committed: [0.5] }))).toBe("t: frame 1.committed.0: must be a whole number");
    expect(said(change(0, { input: [[77]] }))).toMatch(/^t: header\.input\[0\]\[0\]: expected a colour/);
  });

  it("is refused readably whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((json) => change(1, { slots: json })),
        ),
        (text) => {
          try {
            readRecordings(text, "any", DECODERS);
          } catch (error) {
            if (!(error instanceof JigsawError)) throw error;
          }
        },
      ),
    );
  });
});

describe("recordings as lanes", () => {
  it("go by the player's clocks", () => {
    const at = (...pace: [clock: "pass" | "time", speed: number]) =>
      lanesOf([RECORDING, WRONG], ...pace).map((lane) => lane.map((still) => still.at));
    expect(at("pass", 2)).toEqual([
      [0, 500, 1000],
      [0, 1500],
    ]);
    expect(at("time", 1 / 10)).toEqual([
      [0, 150, 350],
      [0, 600],
    ]);
  });

  it("say what was spent, and at the end whether it is right", () => {
    expect(panelOf(RECORDING, 1).captions).toEqual(["1 pass, 1 of 2", ""]);
    expect(panelOf(RECORDING, 2).captions).toEqual(["2 passes, 2 of 2", "✓ right"]);
    expect(panelOf(WRONG, 9).captions).toEqual(["3 passes, 2 of 2", "✗ 1 of 2 right"]);
    expect(panelOf({ ...WRONG, candidates: [[[2]]] }, 1).captions![1]).toBe("✗ wrong size");
    expect(panelOf({ ...WRONG, candidates: [] }, 1).captions![1]).toBe("");
    expect(panelOf(RECORDING, 0).shown).toEqual({ shape: [1, 2], slots: [OPEN, OPEN] });
    expect(panelOf({ ...RECORDING, shots: [] }, 0).shown).toBeUndefined();
  });
});

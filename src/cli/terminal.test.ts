import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { colourDepth, columnsOf, drawGrid, duration, progressBar, short, sideBySide } from "./terminal.ts";

const grid = [
  [0, 1, undefined],
  [2, undefined, 9],
];

describe("colourDepth", () => {
  const terminal = { isTTY: true, getColorDepth: () => 8 };
  it.each([
    ["a pipe", { isTTY: false }, {}, 1],
    ["a terminal", terminal, {}, 8],
    ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, 1],
    ["a pipe with FORCE_COLOR", { isTTY: false }, { FORCE_COLOR: "1" }, 24],
    ["a pipe with FORCE_COLOR=0", { isTTY: false }, { FORCE_COLOR: "0" }, 1],
  ])("%s", (_, stream, env, depth) => {
    expect(colourDepth(stream, env)).toBe(depth);
  });
});

describe("drawGrid", () => {
  it("writes digits and dots without colours", () => {
    expect(drawGrid(grid, { colour: false })).toEqual(["0 1 · ", "2 · 9 "]);
  });

  it("marks what is less than half sure", () => {
    const confidence = [
      [0.4, 0.5, 0],
      [1, 1, 0],
    ];
    expect(drawGrid(grid, { colour: false, confidence })).toEqual(["0?1 · ", "2 · 9?"]);
  });

  describe("on a terminal of 24-bit colours", () => {
    beforeEach(() => void vi.stubEnv("FORCE_COLOR", "1").stubEnv("NO_COLOR", ""));
    afterEach(() => void vi.unstubAllEnvs());

    it("paints each colour in its own background, two columns a cell", () => {
      const [line] = drawGrid([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
      const codes = [...line!.matchAll(/\u001b\[48;2;(\d+;\d+;\d+)m {2}\u001b\[0m/g)].map(
        (match) => match[1],
      );
      expect(new Set(codes).size).toBe(10);
      expect(columnsOf(line!)).toBe(20);
    });

    it("greys a cell the more the less sure it is", () => {
      const draw = (sure: number) => drawGrid([[4]], { confidence: [[sure]] })[0];
      expect(draw(1)).toContain("48;2;255;220;0m");
      expect(draw(0)).toContain("48;2;88;88;88m");
      expect(draw(0.5)).toContain("48;2;172;154;44m");
    });
  });

  it("tells all ten colours, sure or fairly sure, and the terminal's black apart in a palette of 256", () => {
    vi.stubEnv("NO_COLOR", "");
    const stdout = process.stdout as { isTTY?: boolean; getColorDepth?: () => number };
    const before = { isTTY: stdout.isTTY, getColorDepth: stdout.getColorDepth };
    Object.assign(stdout, { isTTY: true, getColorDepth: () => 8 });
    const colours = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
    const lines = [1, 0.75].map((sure) => drawGrid(colours, { confidence: [Array(10).fill(sure)] })[0]!);
    Object.assign(stdout, before);
    vi.unstubAllEnvs();
    for (const line of lines) {
      const codes = [...line.matchAll(/48;5;(\d+)m/g)].map((match) => Number(match[1]));
      expect(new Set(codes).size).toBe(10);
      expect(codes).not.toContain(16);
    }
  });

  it("has 16 colours where colours are asked for and the terminal is not known", () => {
    const [line] = drawGrid([[3, undefined]], { colour: true });
    expect(line).toContain("\u001b[42m");
    expect(stripVTControlCharacters(line!)).toBe("  · ");
  });
});

it("sets blocks of different heights and widths side by side", () => {
  expect(sideBySide([["\u001b[1mab\u001b[0m", "c"], ["x"], []], 2)).toEqual(["\u001b[1mab\u001b[0m  x", "c"]);
});

it.each([
  [0, 4, "░░░░"],
  [1, 4, "█░░░"],
  [4, 4, "████"],
  [9, 4, "████"],
  [0, 0, "████"],
])("progress bar of %i of %i", (done, total, bar) => {
  expect(progressBar(done, total, 4)).toBe(bar);
});

it.each([
  [0.0123, "12 ms"],
  [42.4, "42 s"],
  [59.7, "1 min 0 s"],
  [185, "3 min 5 s"],
  [7800, "2 h 10 min"],
  [Number.POSITIVE_INFINITY, "?"],
])("%f seconds is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  [0.5234, "0.523"],
  [42.12, "42.1"],
  [1930.4, "1,930"],
  [1_234_567, "1.23M"],
])("%f is %s for short", (value, text) => {
  expect(short(value)).toBe(text);
});

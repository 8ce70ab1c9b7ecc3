import { describe, expect, it } from "vitest";
import { decoded } from "../evaluate/decoded.test-helper.ts";
import { summarizeDecoders } from "../evaluate/decoder-summary.ts";
import type { Outcome } from "../evaluate/outcome.ts";
import { arenaMarkdown, resultsCsv, summaryCsv } from "./arena-report.ts";
import { plot } from "./plot.ts";
import { csv, escapeXml, table } from "./text.ts";

const lost = { solved: false, found: false, accuracy: 0.5 };
const refusal = { ...lost, accuracy: 0, refused: "too long", passes: 0, decodeMs: 0, promptMs: 0 };

/** Nine puzzles that differ: one only the baseline solves, eight only the other; one that is refused. */
const results: Outcome[] = [
  ...Array.from({ length: 9 }, (_, i) => [
    decoded("a", `t${i}`, i === 0 ? {} : { ...lost, cells: 9 }),
    decoded("b<&>", `t${i}`, { decodeMs: 10, cells: 9, retracted: 2, fixed: 1, ...(i === 0 && lost) }),
  ]).flat(),
  ...["a", "b<&>"].map((decoder) => decoded(decoder, "big", { cells: 400, ...refusal })),
];
const summary = summarizeDecoders(results, ["a", "b<&>"], "a");

describe("a summary", () => {
  it("counts what was solved, with the refused as not solved and left out of costs", () => {
    expect(summary[1]).toMatchObject({
      ...{ decoder: "b<&>", puzzles: 10, solved: 8, rate: 0.8, found: 8, refused: 1, passes: 10 },
      ...{ decodeMs: { median: 10, mean: 10 }, retracted: 18, fixed: 9, broken: 0, wrongSizes: 0 },
    });
    expect(summary[1]!.interval[0]).toBeCloseTo(0.4901625, 5);
    expect(summary[1]!.accuracy).toBeCloseTo(0.85, 10);
  });

  it("tests against the baseline in pairs", () => {
    expect(summary[0]!.versus).toBeNull();
    const { p, ...versus } = summary[1]!.versus!;
    expect(p).toBeCloseTo(0.0390625, 10);
    expect(versus).toEqual({
      ...{ baseline: "a", onlyThis: 8, onlyBaseline: 1 },
      timeRatio: { median: 0.5, interval: [0.5, 0.5] },
    });
  });

  it("tells sizes of answers apart", () => {
    expect(summary[0]!.bySize.map(({ puzzles, solved, passes }) => [puzzles, solved, passes])).toEqual([
      [9, 1, 10],
      [0, 0, null],
      [1, 0, null],
    ]);
  });
});

describe("tables", () => {
  it("quote what CSV needs quoted, and leave the unknown empty", () => {
    expect(
      csv(
        ["a", "b"],
        [
          ['x,"y"', 1],
          [null, "two\nlines"],
        ],
      ),
    ).toBe('a,b\n"x,""y""",1\n,"two\nlines"\n');
  });

  it("have as many columns in every row", () => {
    const widths = (text: string) =>
      new Set(
        text
          .trimEnd()
          .split("\n")
          .map((row) => row.split(",").length),
      );
    expect(resultsCsv(results).trimEnd().split("\n")).toHaveLength(results.length + 1);
    expect(widths(resultsCsv(results)).size).toBe(1);
    expect(summaryCsv(summary).split("\n")[2]).toMatch(/^b<&>,10,8,0\.8,/);
    expect(widths(summaryCsv(summary)).size).toBe(1);
  });

  it("are Markdown, with bars in cells escaped", () => {
    expect(table(["a"], [["x|y"]])).toBe("| a |\n| --- |\n| x\\|y |");
    const text = arenaMarkdown(summary, "a", ["- about"]);
    expect(text).toContain("| b<&> | 8 of 10 = 80.0 % (49.0 to 94.3) |");
    expect(text).toContain("| b<&> | 8 | 1 | 0.039 | 0.50 (0.50 to 0.50) |");
    expect(text).not.toContain("30 to 99 cells");
  });
});

/** Whether each tag is closed by its own. */
function balanced(xml: string): boolean {
  const open: string[] = [];
  for (const [, slash, name, rest] of xml.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*)?)>/g)) {
    if (slash) {
      if (open.pop() !== name) return false;
    } else if (!rest!.endsWith("/")) open.push(name!);
  }
  return open.length === 0;
}

describe("the plot", () => {
  it("is XML with a point, a bar and an escaped label for each decoder", () => {
    const svg = plot(summary, "pairs");
    expect(balanced(svg)).toBe(true);
    expect(balanced(svg.replace("</svg>", ""))).toBe(false);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.match(/class="bar"/g)).toHaveLength(2);
    expect(svg).toContain(`>${escapeXml("b<&>")}</text>`);
    expect(svg).not.toMatch(/NaN|Infinity|b<&>/);
  });

  it("sets labels of points in one place under one another", () => {
    const twins = summarizeDecoders([decoded("one", "t"), decoded("two", "t")], ["one", "two"], "one");
    const at = (label: string) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}<`).exec(plot(twins))![1]);
    expect(Math.abs(at("one") - at("two"))).toBeGreaterThan(10);
  });

  it("is empty, not broken, where nothing was answered", () => {
    const none = summarizeDecoders([decoded("one", "t", refusal)], ["one"], "one");
    expect(plot(none)).not.toMatch(/NaN|Infinity|<circle/);
  });
});

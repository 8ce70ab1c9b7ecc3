import { describe, expect, it } from "vitest";
import type { Grid } from "../arc/grid.ts";
import { FILLER, merge, rank, type Score, shortlist, twoAttempts, type ViewCandidate } from "./rank.ts";

const grid = (colour: number): Grid => [[colour]];
const given = (
  colour: number,
  view: number,
  rank = 0,
  logProbability = -1,
  visits?: number,
): ViewCandidate => ({
  answer: grid(colour),
  runnerUp: grid(9 - colour),
  logProbability,
  view,
  rank,
  ...(visits !== undefined && { visits }),
});
/** 1 comes first, 2 has the most first places, 3 was seen most often, 4 is surest. */
const all = [
  given(1, 0),
  given(3, 0, 1, -2, 5),
  given(2, 1, 0, -3),
  given(3, 1, 1),
  given(2, 2, 0, -3),
  given(4, 2, 1, -0.5),
];
const colours = (ranked: readonly { grid: Grid }[]) => ranked.map((one) => one.grid[0]![0]);

describe("candidates", () => {
  const merged = merge(all);

  it("are merged by grid, in the order in which they came", () => {
    expect(colours(merged)).toEqual([1, 3, 2, 4]);
    const [, three] = rank(merged, "first", new Map());
    expect(three).toEqual({
      grid: grid(3),
      views: [0, 1],
      visits: 6,
      logProbability: -1,
      score: null,
      standardError: null,
    });
  });

  it("are ranked as they came, by votes, by visits, or by their scores", () => {
    const scores = new Map<(typeof merged)[number], Score>(
      [-4, -1, -3].map((sum, i) => [merged[i]!, { sum, standardError: 0.5 }]),
    );
    expect(colours(rank(merged, "first", new Map()))).toEqual([1, 3, 2, 4]);
    expect(colours(rank(merged, "votes", new Map()))).toEqual([2, 1, 3, 4]);
    expect(colours(rank(merged, "visited", new Map()))).toEqual([3, 2, 4, 1]);
    // What was not scored comes last.
    const ranked = rank(merged, "product", scores);
    expect(colours(ranked)).toEqual([3, 2, 1, 4]);
    expect(ranked.map(({ score }) => score)).toEqual([-1, -3, -4, null]);
  });

  it("are scored from the most promising on", () => {
    expect(colours(shortlist(merged, 2))).toEqual([2, 1]);
    expect(shortlist(merged, 10).length).toBe(4);
  });

  it("give two attempts, the second from the first's runner-up where it is alone", () => {
    const ranked = rank(merged, "votes", new Map());
    expect(twoAttempts(ranked, merged)).toEqual([grid(2), grid(1)]);
    const alone = merge([given(1, 0), given(1, 1)]);
    expect(twoAttempts(rank(alone, "votes", new Map()), alone)).toEqual([grid(1), grid(8)]);
    expect(twoAttempts([], [])).toEqual([FILLER, FILLER]);
  });
});

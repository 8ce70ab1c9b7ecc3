// The candidates of all views: merged, ranked, and cut down to two attempts.
import { equalGrids, type Grid, makeGrid } from "../arc/grid.ts";
import type { Candidate } from "../decode/canvas.ts";
import type { SolverOptions } from "./options.ts";
import type { ScoredCandidate } from "./solution.ts";

/** What a decoder gave in a view, taken back to the puzzle as it is. */
export interface ViewCandidate extends Candidate<Grid> {
  readonly view: number;
  /** Its rank among those of its view (and size), 0 for the best. */
  readonly rank: number;
}

/** A different grid, with all that gave it. */
export interface MergedCandidate {
  readonly grid: Grid;
  readonly runnerUp: Grid;
  readonly given: readonly ViewCandidate[];
}

/** One for each different grid, in the order in which they were first given. */
export function merge(given: readonly ViewCandidate[]): MergedCandidate[] {
  const merged = new Map<string, { grid: Grid; runnerUp: Grid; given: ViewCandidate[] }>();
  for (const one of given) {
    const key = JSON.stringify(one.answer);
    const known = merged.get(key);
    if (known) known.given.push(one);
    else merged.set(key, { grid: one.answer, runnerUp: one.runnerUp, given: [one] });
  }
  return [...merged.values()];
}

const visitsOf = ({ given }: MergedCandidate): number =>
  given.reduce((sum, { visits = 1 }) => sum + visits, 0);
const surest = ({ given }: MergedCandidate): number =>
  Math.max(...given.map(({ logProbability }) => logProbability));
/** The views whose first answer it is. */
const votesOf = ({ given }: MergedCandidate): number =>
  new Set(given.filter(({ rank }) => rank === 0).map(({ view }) => view)).size;

/** A sum of log-likelihoods over views, and the standard error that estimates leave in it. */
export interface Score {
  readonly sum: number;
  readonly standardError: number;
}

type Rank = (candidate: MergedCandidate, score: Score | undefined) => readonly number[];

/** Numbers to compare by, the first that differ; higher is better. Equals stay in the order in which they were given. */
const ranks: Readonly<Record<SolverOptions["choose"], Rank>> = {
  product: (one, score) => [score?.sum ?? Number.NEGATIVE_INFINITY, visitsOf(one), surest(one)],
  votes: (one) => [votesOf(one), visitsOf(one), surest(one)],
  visited: (one) => [visitsOf(one), surest(one)],
  first: () => [],
};

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : b[at]! - a[at]!;
}

/** The most promising of candidates that are not scored yet, as many as are worth scoring. */
export const shortlist = (candidates: readonly MergedCandidate[], most: number): MergedCandidate[] =>
  candidates.toSorted((a, b) => compare(ranks.votes(a, undefined), ranks.votes(b, undefined))).slice(0, most);

/** The candidates with their figures, best first by the rule `choose`; of equals the first given. */
export function rank(
  candidates: readonly MergedCandidate[],
  choose: SolverOptions["choose"],
  scores: ReadonlyMap<MergedCandidate, Score>,
): ScoredCandidate[] {
  return candidates
    .toSorted((a, b) => compare(ranks[choose](a, scores.get(a)), ranks[choose](b, scores.get(b))))
    .map((one) => {
      const score = scores.get(one);
      return {
        grid: one.grid,
        views: [...new Set(one.given.map(({ view }) => view))],
        visits: visitsOf(one),
        logProbability: surest(one),
        score: score?.sum ?? null,
        standardError: score?.standardError ?? null,
      };
    });
}

/** What stands in for an answer that could not be had. */
export const FILLER: Grid = makeGrid(1, 1, () => 0);

/** The two best; where there is one only, also that one with its least certain choice changed to the runner-up. */
export function twoAttempts(
  ranked: readonly ScoredCandidate[],
  candidates: readonly MergedCandidate[],
): [Grid, Grid] {
  const [first, second] = ranked;
  if (!first) return [FILLER, FILLER];
  const own = candidates.find(({ grid }) => equalGrids(grid, first.grid))!;
  return [first.grid, second?.grid ?? own.runnerUp];
}
